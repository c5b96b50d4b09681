/** The recorded query that is most like another: found by BM25, measured by the words, weighed by how rare they are, that both have. */
import { openSegment, type PostingList } from "../index/postings.ts";
import { openRanker, weightOf } from "../index/rank.ts";
import { termsOf } from "../index/words.ts";

export interface Nearest {
  readonly key: string;
  /** From 0, no word in common, to 1, the same words. */
  readonly likeness: number;
}

/** Of the best by BM25, so many are measured. */
const MEASURED = 10;

export function openNearest(keys: readonly string[]): (query: string) => Nearest | null {
  const segment = openSegment();
  const terms = keys.map((key) => termsOf(key));
  for (const [i, list] of terms.entries()) segment.add(i, list);
  const lists = new Map<string, PostingList>(segment.lists());
  const lengths = Uint32Array.from(terms, ({ length }) => length);
  const rank = openRanker({
    lengths,
    groupOf: (key) => key,
    find: (term) => {
      const list = lists.get(term);
      return list === undefined ? [] : [list];
    },
  });
  const weight = (term: string): number => weightOf(lists.get(term)?.passages ?? 0, keys.length);
  return (query) => {
    const asked = termsOf(query);
    const found = rank(asked, MEASURED).map(({ passage }) => ({
      key: keys[passage] as string,
      likeness: likeness(new Set(asked), new Set(terms[passage]), weight),
    }));
    return found.reduce<Nearest | null>(
      (best, next) => (best === null || next.likeness > best.likeness ? next : best),
      null,
    );
  };
}

function likeness(a: ReadonlySet<string>, b: ReadonlySet<string>, weight: (term: string) => number): number {
  const sum = (terms: Iterable<string>): number => [...terms].reduce((total, term) => total + weight(term), 0);
  const all = sum(a) + sum(b);
  return all === 0 ? 0 : (2 * sum([...a].filter((term) => b.has(term)))) / all;
}

/**
 * BM25 (Robertson and Zaragoza 2009): passages that share words with a query, the best first. k1 and b are those of SQLite's bm25() and of
 * Lucene; the weight of a word is Lucene's, which is never negative.
 */
import { decodePostings, type Entries, type PostingList } from "./postings.ts";

const K1 = 1.2;
const B = 0.75;
/** Of a longer query the first different words count: a page pasted as a query is no query. */
const MAX_QUERY_TERMS = 64;

export interface RankedPassage {
  readonly passage: number;
  readonly score: number;
}

export interface Ranking {
  /** Words of each passage. */
  readonly lengths: Uint32Array;
  /** Only the best passage of a group (a document) is listed. */
  groupOf(passage: number): number;
  find(term: string): readonly PostingList[];
}

/** Ranks for as long as it is kept: holds 25 bytes a passage, so that no query has to clear them all. */
export function openRanker({
  lengths,
  groupOf,
  find,
}: Ranking): (terms: readonly string[], most: number) => RankedPassage[] {
  const norms = normsOf(lengths);
  const size = lengths.length;
  const scores = new Float64Array(size);
  const touched = new Uint32Array(size);
  const entries = { passages: new Uint32Array(size), counts: new Uint8Array(size) };
  return (terms, most) => {
    let matched = 0;
    for (const term of [...new Set(terms)].slice(0, MAX_QUERY_TERMS)) {
      const lists = find(term);
      const having = lists.reduce((sum, { passages }) => sum + passages, 0);
      const weight = weightOf(having, size) * (K1 + 1);
      for (const list of lists) {
        const found = decodePostings(list, entries);
        matched = addScores(entries, found, weight, { scores, norms, touched, matched });
      }
    }
    const best = bestOf({ scores, norms, touched, matched }, groupOf, most);
    clear({ scores, norms, touched, matched });
    return best;
  };
}

interface Scores {
  readonly scores: Float64Array;
  readonly norms: Float64Array;
  /** Passages that have a score, in the order they got one. */
  readonly touched: Uint32Array;
  readonly matched: number;
}

/** Adds what a word gives to the passages that have it; how many have a score now. */
function addScores({ passages, counts }: Entries, size: number, weight: number, to: Scores): number {
  const { scores, norms, touched } = to;
  let { matched } = to;
  for (let i = 0; i < size; i++) {
    const passage = passages[i] as number;
    const count = counts[i] as number;
    const before = scores[passage] as number;
    if (before === 0) touched[matched++] = passage;
    scores[passage] = before + (weight * count) / (count + (norms[passage] as number));
  }
  return matched;
}

/** Loops by index here and below: over typed arrays they take a third of the time of iterators. */
function clear({ scores, touched, matched }: Scores): void {
  for (let i = 0; i < matched; i++) scores[touched[i] as number] = 0;
}

/** How much a word says that stands in so many of all passages. */
export function weightOf(withTerm: number, passages: number): number {
  return Math.log(1 + (passages - withTerm + 0.5) / (withTerm + 0.5));
}

function normsOf(lengths: Uint32Array): Float64Array {
  const total = lengths.reduce((sum, length) => sum + length, 0);
  // Where no passage has a word, no norm is asked for.
  const mean = total === 0 ? 1 : total / lengths.length;
  return Float64Array.from(lengths, (length) => K1 * (1 - B + (B * length) / mean));
}

function bestOf(
  { scores, touched, matched }: Scores,
  groupOf: (passage: number) => number,
  most: number,
): RankedPassage[] {
  const best: RankedPassage[] = [];
  let least = 0;
  // Most of what is found is not among the best: one comparison has to be enough for it.
  for (let i = 0; i < matched; i++) {
    const passage = touched[i] as number;
    const score = scores[passage] as number;
    if (score >= least) least = admit(best, passage, score, groupOf, most);
  }
  return best;
}

/** Takes a passage among the best if it is; the score that the next one needs. */
function admit(
  best: RankedPassage[],
  passage: number,
  score: number,
  groupOf: (passage: number) => number,
  most: number,
): number {
  const last = best.at(-1);
  if (best.length === most && last !== undefined && !comesBefore(passage, score, last)) return last.score;
  const group = groupOf(passage);
  const same = best.findIndex((other) => groupOf(other.passage) === group);
  if (same < 0 || comesBefore(passage, score, best[same] as RankedPassage)) {
    if (same >= 0) best.splice(same, 1);
    const place = best.findIndex((other) => comesBefore(passage, score, other));
    best.splice(place < 0 ? best.length : place, 0, { passage, score });
    if (best.length > most) best.pop();
  }
  return best.length === most ? (best.at(-1) as RankedPassage).score : 0;
}

/** Of equal scores the one that came first in the corpus: the same order every time. */
function comesBefore(passage: number, score: number, other: RankedPassage): boolean {
  return score > other.score || (score === other.score && passage < other.passage);
}

/**
 * BM25 (Robertson and Zaragoza 2009): passages that share words with a query, the best first. k1 and b are those of SQLite's bm25() and of
 * Lucene; the weight of a word is Lucene's, which is never negative.
 */
import { eachPosting, type PostingList } from "./postings.ts";

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

/** Ranks for as long as it is kept: holds 12 bytes a passage, so that no query has to clear them all. */
export function openRanker({
  lengths,
  groupOf,
  find,
}: Ranking): (terms: readonly string[], most: number) => RankedPassage[] {
  const norms = normsOf(lengths);
  const scores = new Float64Array(lengths.length);
  const touched = new Uint32Array(lengths.length);
  return (terms, most) => {
    let matched = 0;
    for (const term of [...new Set(terms)].slice(0, MAX_QUERY_TERMS)) {
      const lists = find(term);
      const weight = weightOf(
        lists.reduce((sum, { passages }) => sum + passages, 0),
        lengths.length,
      );
      for (const list of lists) {
        eachPosting(list, (passage, count) => {
          const before = scores[passage] as number;
          if (before === 0) touched[matched++] = passage;
          scores[passage] = before + (weight * count * (K1 + 1)) / (count + (norms[passage] as number));
        });
      }
    }
    const found = touched.subarray(0, matched);
    const best = bestOf(found, scores, groupOf, most);
    for (const passage of found) scores[passage] = 0;
    return best;
  };
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
  found: Uint32Array,
  scores: Float64Array,
  groupOf: (passage: number) => number,
  most: number,
): RankedPassage[] {
  const best: RankedPassage[] = [];
  // Most of what is found is not among the best: one comparison has to be enough for it.
  let least = 0;
  for (const passage of found) {
    const score = scores[passage] as number;
    if (score < least) continue;
    const group = groupOf(passage);
    const candidate = { passage, score };
    const same = best.findIndex((other) => groupOf(other.passage) === group);
    if (same >= 0) {
      if (!comesBefore(candidate, best[same] as RankedPassage)) continue;
      best.splice(same, 1);
    }
    const place = best.findIndex((other) => comesBefore(candidate, other));
    best.splice(place < 0 ? best.length : place, 0, candidate);
    if (best.length > most) best.pop();
    if (best.length === most) least = (best.at(-1) as RankedPassage).score;
  }
  return best;
}

/** Of equal scores the one that came first in the corpus: the same order every time. */
function comesBefore(a: RankedPassage, b: RankedPassage): boolean {
  return a.score > b.score || (a.score === b.score && a.passage < b.passage);
}

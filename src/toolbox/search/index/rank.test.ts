import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodePostings, openSegment, type PostingList } from "./postings.ts";
import { openRanker, type RankedPassage } from "./rank.ts";

const WORDS = ["a", "b", "c", "d", "e", "f"];
const passages = fc.array(fc.array(fc.constantFrom(...WORDS), { maxLength: 12 }), { minLength: 1, maxLength: 40 });

/** Lists of each word, over segments that begin at the given passages. */
function listsOf(texts: readonly (readonly string[])[], cuts: readonly number[]): Map<string, PostingList[]> {
  const lists = new Map<string, PostingList[]>();
  let segment = openSegment();
  const flush = (): void => {
    for (const [term, list] of segment.lists()) lists.set(term, [...(lists.get(term) ?? []), list]);
    segment = openSegment();
  };
  for (const [i, words] of texts.entries()) {
    if (cuts.includes(i)) flush();
    segment.add(i, words);
  }
  flush();
  return lists;
}

/** BM25 as it is defined, one passage after the other: k1 = 1.2, b = 0.75. */
function bm25(texts: readonly (readonly string[])[], query: readonly string[]): RankedPassage[] {
  const mean = texts.reduce((sum, { length }) => sum + length, 0) / texts.length;
  return texts
    .map((words, passage) => {
      const score = [...new Set(query)].reduce((sum, term) => {
        const count = words.filter((word) => word === term).length;
        const having = texts.filter((other) => other.includes(term)).length;
        const idf = Math.log(1 + (texts.length - having + 0.5) / (having + 0.5));
        return sum + (idf * count * 2.2) / (count + 1.2 * (0.25 + (0.75 * words.length) / mean));
      }, 0);
      return { passage, score };
    })
    .filter(({ score }) => score > 0);
}

describe("postings", () => {
  it("give back what was put in, over wide gaps and many repetitions", () => {
    const segment = openSegment();
    const given = [3, 130, 16_600, 2_200_000, 4_000_000_000];
    for (const passage of given) segment.add(passage, ["x", "y", ...Array<string>(300).fill("x")]);
    const found = [...segment.lists()].map(([term, list]) => {
      const entries = { passages: new Uint32Array(10), counts: new Uint8Array(10) };
      const size = decodePostings(list, entries);
      return [term, list.passages, Array.from({ length: size }, (_, i) => [entries.passages[i], entries.counts[i]])];
    });
    expect(found).toEqual([
      ["x", 5, given.map((passage) => [passage, 255])],
      ["y", 5, given.map((passage) => [passage, 1])],
    ]);
    expect(segment.size).toBe(10);
  });
});

describe("ranking", () => {
  it("is BM25 by its definition, over any segments, the first of equals first", () => {
    fc.assert(
      fc.property(passages, fc.array(fc.nat(40)), fc.array(fc.constantFrom(...WORDS, "z")), (texts, cuts, query) => {
        const lists = listsOf(texts, cuts);
        const rank = openRanker({
          lengths: Uint32Array.from(texts, ({ length }) => length),
          groupOf: (passage) => passage,
          find: (term) => lists.get(term) ?? [],
        });
        const expected = bm25(texts, query);
        const found = rank(query, 100);
        expect(found.map(({ passage }) => passage).sort()).toEqual(expected.map(({ passage }) => passage).sort());
        for (const { passage, score } of found) {
          expect(score).toBeCloseTo(expected.find((other) => other.passage === passage)?.score ?? Number.NaN, 10);
        }
        for (const [i, { passage, score }] of found.entries()) {
          const next = found[i + 1];
          if (next !== undefined) expect(score > next.score || passage < next.passage).toBe(true);
        }
        // The same question again: nothing is left over from the first.
        expect(rank(query, 100)).toEqual(found);
        expect(rank(query, 3)).toEqual(found.slice(0, 3));
      }),
    );
  });

  it("lists a document once, by its best passage", () => {
    const texts = [["a"], ["a", "b"], ["b"], ["a", "b", "b"], ["c"]];
    const lists = listsOf(texts, []);
    const lengths = Uint32Array.from(texts, ({ length }) => length);
    const documents = [0, 0, 1, 1, 2];
    const rank = openRanker({
      lengths,
      groupOf: (passage) => documents[passage] as number,
      find: (term) => lists.get(term) ?? [],
    });
    expect(rank(["a", "b"], 10).map(({ passage }) => passage)).toEqual([3, 1]);
    expect(rank(["a", "b"], 1).map(({ passage }) => passage)).toEqual([3]);
  });
});

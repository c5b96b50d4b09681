import fc from "fast-check";
import { expect, it } from "vitest";
import { majorityAtK, type Vote } from "./majority.ts";

const votes = (text: string): Vote[] =>
  [...text].map((sign) => ({ answer: sign === "-" ? null : sign.toLowerCase(), correct: sign !== sign.toLowerCase() }));

it("maj@k of known votes", () => {
  // Of AAb: all three draws of 2 hold an A, which wins or wins the tie with b; of 3 A has two votes.
  expect(majorityAtK(votes("AAb"), 1)).toBeCloseTo(2 / 3, 12);
  expect(majorityAtK(votes("AAb"), 2)).toBe(1);
  expect(majorityAtK(votes("AAb"), 3)).toBe(1);
  // A tie goes to the text that comes first: of aB to a, of Ab to A.
  expect(majorityAtK(votes("aB"), 2)).toBe(0);
  expect(majorityAtK(votes("bA"), 2)).toBe(1);
  // One right answer among silent ones wins whenever it is drawn: C(4,1)/C(5,2) = 4/10.
  expect(majorityAtK(votes("A----"), 2)).toBeCloseTo(0.4, 12);
  expect(majorityAtK(votes("----"), 3)).toBe(0);
});

const anyVotes = fc.array(fc.constantFrom("A", "b", "c", "D", "-"), { minLength: 1, maxLength: 8 });

it("maj@k is the mean over all draws of k", () => {
  fc.assert(
    fc.property(anyVotes, fc.integer({ min: 1, max: 8 }), (signs, size) => {
      const list = votes(signs.join(""));
      const k = Math.min(size, list.length);
      const draws = drawsOf(list, k);
      const right = draws.filter((draw) => winner(draw)?.correct === true).length;
      expect(majorityAtK(list, k)).toBeCloseTo(right / draws.length, 10);
    }),
  );
});

it("maj@1 is the share of right answers, and the order of the samples makes no difference", () => {
  fc.assert(
    fc.property(anyVotes, fc.integer({ min: 1, max: 8 }), (signs, size) => {
      const list = votes(signs.join(""));
      const k = Math.min(size, list.length);
      expect(majorityAtK(list, 1)).toBeCloseTo(list.filter(({ correct }) => correct).length / list.length, 12);
      expect(majorityAtK(list.toReversed(), k)).toBe(majorityAtK(list, k));
    }),
  );
});

it("64 different answers, 32 drawn: no overflow, within 0 and 1", () => {
  const list = Array.from({ length: 64 }, (_, i) => ({ answer: String(i).padStart(2, "0"), correct: i === 0 }));
  // All draws are ties; the first text wins whenever it is drawn: 32/64.
  expect(majorityAtK(list, 32)).toBeCloseTo(0.5, 10);
});

it("refuses k beyond the samples", () => {
  expect(() => majorityAtK(votes("AA"), 3)).toThrow("maj@3 needs 1 ≤ k ≤ samples, got 2 samples");
});

/** By counting: the most votes, then the first text. */
function winner(draw: readonly Vote[]): Vote | undefined {
  const count = (answer: string | null): number => draw.filter((vote) => vote.answer === answer).length;
  return draw
    .filter(({ answer }) => answer !== null)
    .toSorted((a, b) => count(b.answer) - count(a.answer) || String(a.answer).localeCompare(String(b.answer)))[0];
}

function drawsOf<T>(list: readonly T[], k: number): T[][] {
  if (k === 0) return [[]];
  return list.flatMap((head, i) => drawsOf(list.slice(i + 1), k - 1).map((tail) => [head, ...tail]));
}

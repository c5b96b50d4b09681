import fc from "fast-check";
import { expect, it } from "vitest";
import { bootstrapMean, passAtK } from "./pass-at-k.ts";

it("pass@k of known counts", () => {
  // C(5-2, 1)/C(5, 1) = 3/5; C(3, 3)/C(5, 3) = 1/10; no miss possible when n - c < k.
  expect(passAtK(5, 2, 1)).toBeCloseTo(0.4, 12);
  expect(passAtK(5, 2, 3)).toBeCloseTo(0.9, 12);
  expect(passAtK(5, 3, 3)).toBe(1);
  expect(passAtK(5, 0, 5)).toBe(0);
});

it("pass@k is the mean over all subsets of size k", () => {
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }),
      fc.integer({ min: 1, max: 7 }),
      (list, size) => {
        const k = Math.min(size, list.length);
        const subsets = subsetsOf(list, k);
        const hits = subsets.filter((subset) => subset.some(Boolean)).length / subsets.length;
        expect(passAtK(list.length, list.filter(Boolean).length, k)).toBeCloseTo(hits, 10);
      },
    ),
  );
});

it("refuses k beyond the samples", () => {
  expect(() => passAtK(5, 1, 6)).toThrow("pass@6 needs 1 ≤ k ≤ samples, got 5 samples");
});

it("the interval holds the mean, is reproducible, and shrinks with more questions", () => {
  const few = Array.from({ length: 20 }, (_, i) => (i % 4 === 0 ? 1 : 0));
  const many = Array.from({ length: 2000 }, (_, i) => (i % 4 === 0 ? 1 : 0));
  const [a, b] = [bootstrapMean(few, 1), bootstrapMean(many, 1)];
  expect(a.value).toBe(0.25);
  expect(a.low).toBeLessThan(0.25);
  expect(a.high).toBeGreaterThan(0.25);
  expect(b.high - b.low).toBeLessThan((a.high - a.low) / 3);
  expect(bootstrapMean(few, 1)).toEqual(a);
});

it("95 % of the intervals of a coin hold its bias", () => {
  // The normal approximation of the mean of 2000 draws at p = 0.3: ±1.96·sqrt(0.21/2000) = ±0.0201.
  const draws = Array.from({ length: 2000 }, (_, i) => (i % 10 < 3 ? 1 : 0));
  const { low, high } = bootstrapMean(draws, 7);
  expect(low).toBeCloseTo(0.3 - 0.0201, 2);
  expect(high).toBeCloseTo(0.3 + 0.0201, 2);
});

function subsetsOf<T>(list: readonly T[], k: number): T[][] {
  if (k === 0) return [[]];
  return list.flatMap((head, i) => subsetsOf(list.slice(i + 1), k - 1).map((tail) => [head, ...tail]));
}

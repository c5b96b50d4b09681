import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutAt, largest } from "./largest.ts";

/** Any float32 but NaN, often equal to another one. */
const value = fc.oneof(
  fc.constantFrom(0, -0, 1, -1, 2 ** -149, -(2 ** -149), Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  fc.float({ noNaN: true }),
);
const values = fc.array(value, { minLength: 1, maxLength: 60 }).map((all) => Float32Array.from(all));

describe("largest", () => {
  it("gives what sorting gives: falling values, of equal ones the earlier place first", () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 0, max: 70 }), (all, count) => {
        const sorted = [...all.keys()].sort((a, b) =>
          all[a] === all[b] ? a - b : (all[b] ?? 0) > (all[a] ?? 0) ? 1 : -1,
        );
        expect(largest(all, count)).toEqual(sorted.slice(0, count));
      }),
      { numRuns: 500 },
    );
  });
});

describe("cutAt", () => {
  it("finds the value at which weights, from the largest value down, reach the target", () => {
    const weighted = fc.tuple(values, fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 60, maxLength: 60 }));
    fc.assert(
      fc.property(weighted, fc.double({ min: 0.01, max: 1, noNaN: true }), ([all, numbers], share) => {
        const weights = Float64Array.from(all, (_, i) => numbers[i] ?? 0);
        const total = weights.reduce((a, b) => a + b, 0);
        fc.pre(total > 0);
        const { value: cut, above } = cutAt(all, weights, share * total);
        const weigh = (isIn: (x: number) => boolean): number =>
          weights.reduce((sum, weight, i) => (isIn(all[i] ?? 0) ? sum + weight : sum), 0);
        expect(weigh((x) => x > cut)).toBe(above);
        expect(above).toBeLessThan(share * total);
        expect(weigh((x) => x >= cut)).toBeGreaterThanOrEqual(share * total);
      }),
      { numRuns: 500 },
    );
  });

  it("stops at the least value that weighs something when rounding leaves the target out of reach", () => {
    const all = Float32Array.of(-3, 2, 1, -5);
    expect(cutAt(all, Float64Array.of(0.1, 0.2, 0.3, 0), 0.7)).toEqual({ value: -3, above: 0.5 });
  });
});

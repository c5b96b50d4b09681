import fc from "fast-check";
import { expect, it } from "vitest";
import { binned } from "./curve-bins.ts";

it("a step counts in a part by what it spent there", () => {
  expect(binned([10, 10], [1, 3], 2)).toEqual([1, 3]);
  // The first half of the budget: 10 of the first step, 5 of the second.
  expect(binned([10, 20], [1, 4], 2)).toEqual([2, 4]);
  expect(binned([10, 10, 10, 10], [1, null, null, null], 2)).toEqual([1, null]);
});

it("keeps the mean over the budget, whatever the steps", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 99 }), fc.double({ min: -1, max: 1, noNaN: true })), {
        minLength: 1,
      }),
      fc.integer({ min: 1, max: 12 }),
      (steps, bins) => {
        const total = steps.reduce((sum, [spent]) => sum + spent, 0);
        const mean = steps.reduce((sum, [spent, value]) => sum + spent * value, 0) / total;
        const parts = binned(
          steps.map(([spent]) => spent),
          steps.map(([, value]) => value),
          bins,
        );
        expect(parts.reduce<number>((sum, value) => sum + (value ?? Number.NaN), 0) / bins).toBeCloseTo(mean, 8);
      },
    ),
  );
});

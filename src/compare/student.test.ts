import fc from "fast-check";
import { expect, it } from "vitest";
import { tQuantile, twoSidedTail } from "./student.ts";

it("has the quantiles of the tables", () => {
  // Abramowitz and Stegun, table 26.10: t with 5 % in both tails.
  const table: Readonly<Record<number, number>> = {
    1: 12.706,
    2: 4.303,
    3: 3.182,
    4: 2.776,
    9: 2.262,
    19: 2.093,
    120: 1.98,
  };
  for (const [freedom, quantile] of Object.entries(table)) {
    expect(tQuantile(0.05, Number(freedom))).toBeCloseTo(quantile, 3);
  }
  expect(tQuantile(0.01, 10)).toBeCloseTo(3.169, 3);
});

it("with 1 and 2 degrees of freedom has a closed form", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 100, noNaN: true }), (t) => {
      expect(twoSidedTail(t, 1)).toBeCloseTo(1 - (2 / Math.PI) * Math.atan(t), 7);
      expect(twoSidedTail(t, 2)).toBeCloseTo(1 - t / Math.sqrt(2 + t * t), 7);
    }),
  );
});

import fc from "fast-check";
import { expect, it } from "vitest";
import { TAIL } from "./estimate.ts";
import { holmCorrected } from "./holm.ts";

it("gives the adjusted values of a known family", () => {
  // Sorted: 0.005·4 = 0.02, 0.01·3 = 0.03, 0.03·2 = 0.06, max(0.06, 0.04·1) = 0.06; R's p.adjust(method = "holm") says the same.
  const corrected = holmCorrected([0.01, 0.04, 0.03, 0.005]);
  expect(corrected.map((entry) => Number(entry?.p.toFixed(12)))).toEqual([0.03, 0.06, 0.06, 0.02]);
  expect(corrected.map((entry) => entry?.tail)).toEqual([TAIL / 3, TAIL / 2, TAIL / 2, TAIL / 4]);
});

it("leaves what was not tested out of the family, and never passes 1", () => {
  expect(holmCorrected([0.5, null, 0.9]).map((entry) => entry?.p)).toEqual([1, undefined, 1]);
});

it("is at least the p-value, at most Bonferroni's, keeps the order, and agrees with its interval", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 }), (values) => {
      const corrected = holmCorrected(values).map((entry) => entry ?? { p: Number.NaN, tail: Number.NaN });
      for (const [i, p] of values.entries()) {
        const { p: adjusted, tail } = corrected[i] ?? { p: Number.NaN, tail: Number.NaN };
        expect(adjusted).toBeGreaterThanOrEqual(p);
        expect(adjusted).toBeLessThanOrEqual(Math.min(1, p * values.length));
        // An interval with this tail leaves 0 out where p is at most the tail. (A margin for rounding.)
        if (Math.abs(adjusted - TAIL) > 1e-12) expect(p <= tail).toBe(adjusted <= TAIL);
        for (const [j, other] of values.entries()) {
          if (p < other) expect(adjusted).toBeLessThanOrEqual(corrected[j]?.p ?? 0);
        }
      }
    }),
  );
});

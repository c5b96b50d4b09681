import { expect, it } from "vitest";
import type { Compared } from "./results.ts";
import { differenceWords } from "./words.ts";

const compared = (difference: number, low: number, high: number): Compared => ({
  family: "primary figures",
  metric: "clippedEntropyRatio",
  base: "aepo",
  method: "grpo",
  seeds: 5,
  difference,
  interval: { low, high },
  p: 1,
  corrected: { p: 1, low, high },
  shown: null,
});

it("says a difference with its sign and its corrected interval", () => {
  expect(differenceWords(compared(-1.5, -2.25, -0.75))).toBe("−1.5 (−2.25 to −0.75)");
  expect(differenceWords({ ...compared(1.5, 0, 0), corrected: null })).toBe("+1.5");
  expect(differenceWords({ ...compared(0, 0, 0), difference: null })).toBe("–");
});

it("does not say what is left of equal sums taken in another order", () => {
  expect(differenceWords(compared(-2e-9, -1.68, 1.68))).toBe("0 (−1.68 to +1.68)");
  expect(differenceWords(compared(-2e-9, -4e-9, -1e-9))).toBe("−2.0e−9 (−4.0e−9 to −1.0e−9)");
});

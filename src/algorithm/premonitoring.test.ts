import { expect, it } from "vitest";
import { budgetSchema, globalRollouts, probeOf } from "./premonitoring.ts";

const m = (k: number, difference: number, options: object = {}) =>
  globalRollouts(k, budgetSchema.parse(options), { rootEntropy: 3 + difference, toolEntropies: [2, 4] });

it("B-AEPO: the released code's m is the whole part of k·σ plus 1, the paper's is rounded half up", () => {
  const released = { rounding: "floorPlusOne", probe: "discard" };
  const differences = [-1, -0.5, 0, 1, 2];
  // As found in that code, β 0.5: k·σ is 6.04, 7.00, 8, 9.96, 11.70 for k 16 and 4.53, 5.25, 6, 7.47, 8.77 for k 12.
  expect(differences.map((x) => m(16, x, released))).toEqual([7, 8, 9, 10, 12]);
  expect(differences.map((x) => m(12, x, released))).toEqual([5, 6, 7, 8, 9]);
  expect(differences.map((x) => m(16, x))).toEqual([6, 7, 8, 10, 12]);
  expect(differences.map((x) => m(12, x))).toEqual([5, 5, 6, 7, 9]);
  // Clamped to [1, k].
  expect([m(16, -99, released), m(16, 99, released)]).toEqual([1, 16]);
  expect([m(16, -99), m(16, 99)]).toEqual([2, 16]);
});

it("B-AEPO: the released code's mean H_tool is over all steps, the first one too", () => {
  // H_root 1, H_tool 2 and 6: 16·σ(0.5·(1 − 4)) = 2.92, and with the first step 16·σ(0.5·(1 − 3)) = 4.30.
  const measured = { rootEntropy: 1, toolEntropies: [2, 6] };
  const of = (options: object) => globalRollouts(16, budgetSchema.parse(options), measured);
  expect([of({}), of({ average: "allSteps" })]).toEqual([3, 4]);
  // No tool step: nothing to branch on in the paper; no difference in the released code.
  const none = { rootEntropy: 1, toolEntropies: [] };
  expect(globalRollouts(16, budgetSchema.parse({}), none)).toBe(16);
  expect(globalRollouts(16, budgetSchema.parse({ average: "allSteps", rounding: "floorPlusOne" }), none)).toBe(9);
});

it("B-AEPO, AEPO-R1: the probe is kept, thrown away, or not run", () => {
  const probe = (options: object) => probeOf(budgetSchema.parse(options));
  expect([probe({}), probe({ probe: "discard" }), probe({ premonitor: false })]).toEqual(["keep", "discard", "none"]);
  expect(globalRollouts(15, budgetSchema.parse({ premonitor: false }), null)).toBe(8);
});

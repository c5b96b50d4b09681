import fc from "fast-check";
import { expect, it } from "vitest";
import { branchProbability, halfRoots, monitoredRoots } from "./branching.ts";
import { algorithmSchema, makeAlgorithm, methodSchema } from "./list.ts";
import { sketchTask } from "./testing/sketch-task.ts";

const aepo = (options: object = {}) =>
  makeAlgorithm(algorithmSchema.parse({ name: "aepo", groupSize: 16, ...options }), sketchTask);

it("AEPO-R1: m = k·σ(β·(H_root − mean H_tool)), rounded half up and clamped", () => {
  expect(monitoredRoots(16, 0.5, 1, 1, 2)).toBe(8);
  // 16 σ(0.5) = 9.96; 16 σ(−0.5) = 6.04.
  expect(monitoredRoots(16, 0.5, 1, 0, 2)).toBe(10);
  expect(monitoredRoots(16, 0.5, 0, 1, 2)).toBe(6);
  // 3 σ(0) = 1.5 is rounded up; 16 σ(±50) is clamped to [2, 16], to 1 when the probe is discarded.
  expect(monitoredRoots(3, 0.5, 1, 1, 1)).toBe(2);
  expect(monitoredRoots(16, 50, 0, 1, 2)).toBe(2);
  expect(monitoredRoots(16, 50, 0, 1, 1)).toBe(1);
  expect(monitoredRoots(16, 50, 1, 0, 2)).toBe(16);
});

it("AEPO-R1: the mean is over the tool steps; none gives m = k; without a probe half the roots", () => {
  const { growth } = aepo();
  expect(growth.probe).toBe("keep");
  expect(growth.budget({ rootEntropy: 1, toolEntropies: [0, 2] })).toBe(8);
  expect(growth.budget({ rootEntropy: 1, toolEntropies: [] })).toBe(16);
  const off = aepo({ budget: { premonitor: false } }).growth;
  expect([off.probe, off.budget(null)]).toEqual(["none", 8]);
  expect(
    aepo({ budget: { probe: "discard", sensitivity: 90 } }).growth.budget({ rootEntropy: 0, toolEntropies: [1] }),
  ).toBe(1);
  expect(halfRoots(7)).toBe(4);
});

it("AEPO-R3: (α + γ·ΔH)·(1 − min(1, λ·l)), clamped to [0, 1]", () => {
  const symbols = { base: 0.5, entropyWeight: 0.2, penalty: 0.05 };
  expect(branchProbability(1, 0, symbols)).toBeCloseTo(0.7, 12);
  expect(branchProbability(1, 4, symbols)).toBeCloseTo(0.56, 12);
  expect(branchProbability(1, 20, symbols)).toBe(0);
  expect(branchProbability(1, 99, symbols)).toBe(0);
  expect(branchProbability(-9, 0, symbols)).toBe(0);
  expect(branchProbability(9, 0, symbols)).toBe(1);
});

it("AEPO-R3: never rises with l, and λ = 0 (ARPO) does not depend on it", () => {
  fc.assert(
    fc.property(fc.double({ min: -5, max: 5, noNaN: true }), fc.nat(30), (delta, l) => {
      const symbols = { base: 0.5, entropyWeight: 0.2, penalty: 0.05 };
      expect(branchProbability(delta, l + 1, symbols)).toBeLessThanOrEqual(branchProbability(delta, l, symbols));
      const arpo = makeAlgorithm(algorithmSchema.parse({ name: "arpo" }), sketchTask).growth;
      expect(arpo.branchProbability({ deltaEntropy: delta, consecutive: l })).toBe(
        arpo.branchProbability({ deltaEntropy: delta, consecutive: 0 }),
      );
    }),
  );
});

it("AEPO-H2: the window is the algorithm's where it sets one, else the task's", () => {
  expect(aepo().growth).toMatchObject({ entropyTokens: 6, entropySkip: 1 });
  expect(aepo({ entropyTokens: 20 }).growth).toMatchObject({ entropyTokens: 20, entropySkip: 1 });
});

it("AEPO-R4: threshold by default, or a uniform draw", () => {
  expect(aepo().growth.decision).toEqual({ kind: "threshold", threshold: 0.5 });
  expect(aepo({ branch: { threshold: 0.6 } }).growth.decision).toEqual({ kind: "threshold", threshold: 0.6 });
  expect(aepo({ decision: "sample" }).growth.decision).toEqual({ kind: "sample" });
});

const names = methodSchema.options.map(({ shape }) => `'${shape.name.value}'`).join(" | ");

it.each([
  [{ name: "aepo", groupSize: 1 }, "groupSize", "Too small: expected number to be >=2"],
  [{ name: "none" }, "name", `Invalid discriminator value. Expected ${names}`],
  [{ name: "grpo", branch: {} }, "", 'Unrecognized key: "branch"'],
  [{ name: "grpo", order: "depthFirst" }, "", 'Unrecognized key: "order"'],
  [{ name: "arpo", budget: {} }, "", 'Unrecognized key: "budget"'],
  [{ name: "arpo", branch: { penalty: 0.1 } }, "branch", 'Unrecognized key: "penalty"'],
  [{ name: "aepo", branch: { penalty: -1 } }, "branch.penalty", "Too small: expected number to be >=0"],
  [{ name: "aepo", clip: { low: 2 } }, "clip.low", "Too big: expected number to be <=1"],
  [{ name: "aepo", advantage: "soft" }, "advantage", "Invalid input: expected object, received string"],
  [
    { name: "aepo", decision: "sample", branch: { threshold: 0.5 } },
    "branch.threshold",
    "threshold has no effect when decision is sample",
  ],
  [
    { name: "aepo", budget: { premonitor: false, sensitivity: 1 } },
    "budget.premonitor",
    "sensitivity, rootTokens, probe, rounding and average have no effect when premonitor is false",
  ],
])("refuses %j", (options, path, message) => {
  const issue = algorithmSchema.safeParse(options).error?.issues[0];
  expect([issue?.path.join("."), issue?.message]).toEqual([path, message]);
});

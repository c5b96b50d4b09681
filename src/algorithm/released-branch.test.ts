import { describe, expect, it } from "vitest";
import { decide, type DecisionContext } from "../rollout/decide.ts";
import type { GrowthRules } from "../rollout/rules.ts";
import type { Decision } from "../rollout/tree.ts";
import { algorithmSchema, makeAlgorithm } from "./list.ts";
import { sketchTask } from "./testing/sketch-task.ts";

const growthOf = (options: object) =>
  makeAlgorithm(algorithmSchema.parse({ name: "aepo", ...options }), sketchTask).growth;

function decided(rules: GrowthRules, deltaEntropy: number, consecutive: number, draw: number): Decision {
  const step = { node: 1, path: 0, tool: "search", turn: 0, entropy: deltaEntropy, rootEntropy: 0 };
  const context: DecisionContext = {
    consecutive,
    entropyDivisor: 1,
    budgetLeft: 1,
    forkable: true,
    draw: () => draw,
  };
  return decide(rules, step, context);
}

const released = { base: "uniform", comparison: "atLeast" };

/** Share of the draws at which a step forks, by a grid of 2000. */
function forkShare(branch: object, deltaEntropy: number, consecutive: number): number {
  const rules = growthOf({ branch });
  const draws = Array.from({ length: 2000 }, (_, i) => (i + 0.5) / 2000);
  return draws.filter((draw) => decided(rules, deltaEntropy, consecutive, draw).forks > 0).length / draws.length;
}

describe("noise in the place of α", () => {
  it("B-AEPO: P(fork) = clip(1 − 0.5/pen + γ·ΔH) with pen = 1 − λ·l", () => {
    const table = [0, 1, 2, 3, 5, 8, 9, 10, 12].map((l) => forkShare(released, 0, l));
    const expected = [0.5, 0.474, 0.444, 0.412, 0.333, 0.167, 0.091, 0, 0];
    for (const [i, share] of table.entries()) expect(Math.abs(share - (expected[i] ?? 9))).toBeLessThan(0.001);
    // ΔH moves it by γ: 1 − 0.5/0.95 + 0.2 · 0.5.
    expect(Math.abs(forkShare(released, 0.5, 1) - (1 - 0.5 / 0.95 + 0.1))).toBeLessThan(0.001);
    expect([forkShare(released, 9, 0), forkShare(released, -9, 0)]).toEqual([1, 0]);
  });

  it("B-AEPO: with α constant the same step always or never forks", () => {
    expect([0, 1].map((l) => forkShare({}, 0.1, l))).toEqual([1, 0]);
    expect(forkShare({}, 0, 0)).toBe(0);
  });

  it("B-AEPO: the record has P with its draw, and what it would be at l = 0 with the same", () => {
    const decision = decided(growthOf({ branch: released }), 0.5, 2, 0.45);
    // 0.45 + 0.2 · 0.5 = 0.55, and 0.55 · 0.9 = 0.495.
    expect(decision.probabilityAtZero).toBeCloseTo(0.55, 12);
    expect(decision.probability).toBeCloseTo(0.495, 12);
    expect(decision).toMatchObject({ wanted: false, wantedAtZero: true, comparedWith: 0.5, blockedBy: "probability" });
  });
});

it("B-AEPO: P = τ branches where at least τ is enough, and not where it has to be above", () => {
  const forks = (branch: object) => decided(growthOf({ branch }), 0, 0, 0).forks;
  expect([forks({}), forks({ comparison: "atLeast" })]).toEqual([0, 1]);
});

it("B-AEPO: the paper's growth departs from nothing; each option names its own departure", () => {
  expect(growthOf({})).not.toHaveProperty("departures");
  expect(growthOf({ branch: { comparison: "above", counter: "path" } })).not.toHaveProperty("departures");
  expect(growthOf({ entropyTopK: 10 }).departures).toEqual({ topK: 10 });
  expect(growthOf({ fill: "oneByOne" }).departures).toEqual({ fillOneByOne: true });
  expect(growthOf({ branch: { measure: "beforeCall" } }).departures).toEqual({ beforeCall: true });
  expect(growthOf({ branch: { baseline: "place" } }).departures).toEqual({ placeBaselines: true });
  expect(growthOf({ branch: { base: "uniform" } }).departures).toEqual({ noise: true });
  expect(growthOf({ branch: { comparison: "atLeast" } }).departures).toEqual({ atLeast: true });
  for (const counter of ["question", "batch"] as const) {
    expect(growthOf({ branch: { counter } }).departures).toEqual({ counter });
  }
  expect(growthOf({ budget: { rootTokens: 50 } }).departures).toEqual({ rootTokens: 50 });
});

it.each([
  [
    { decision: "sample", branch: { base: "uniform" } },
    "branch.base",
    "base uniform is a draw already (AEPO-R4): use it with decision threshold, or give base a number from 0 to 1",
  ],
  [
    { decision: "sample", branch: { comparison: "atLeast" } },
    "branch.comparison",
    "comparison has no effect when decision is sample",
  ],
  [{ branch: { counter: "question", penalty: 0 } }, "branch.counter", "counter has no effect when penalty is 0"],
  [
    { order: "depthFirst", branch: { counter: "question" } },
    "branch.counter",
    "counter question counts rounds (AEPO-R9), which order depthFirst does not have: use order synchronous, or counter path",
  ],
  [
    { order: "depthFirst", branch: { baseline: "place" } },
    "branch.baseline",
    "baseline place numbers paths by rounds (AEPO-R9), which order depthFirst does not have: use order synchronous, or baseline root",
  ],
  [
    { order: "depthFirst", branch: { counter: "batch" } },
    "branch.counter",
    "counter batch counts rounds (AEPO-R9), which order depthFirst does not have: use order synchronous, or counter path",
  ],
  [{ branch: { base: "noise" } }, "branch.base", "expected a number from 0 to 1, or uniform"],
  [{ branch: { base: 1.5 } }, "branch.base", "Too big: expected number to be <=1"],
  [
    { budget: { premonitor: false, rounding: "halfUp" } },
    "budget.premonitor",
    "sensitivity, rootTokens, probe, rounding and average have no effect when premonitor is false",
  ],
  [
    { advantage: { entropyWeight: 0, statistics: "group" } },
    "advantage.statistics",
    "statistics has no effect when entropyWeight is 0",
  ],
  [
    { advantage: { statistics: "microBatch" } },
    "advantage.statistics",
    "statistics microBatch needs microBatch, the number of paths in one (or use statistics group)",
  ],
  [{ clip: { dual: 1 } }, "clip.dual", "Too small: expected number to be >1"],
])("B-AEPO: %j is refused", (options, path, message) => {
  const { issues = [] } = algorithmSchema.safeParse({ name: "aepo", ...options }).error ?? {};
  expect(issues.map((issue) => [issue.path.join("."), issue.message])).toEqual([[path, message]]);
});

import { describe, expect, it } from "vitest";
import { randomStream } from "../std/random.ts";
import { algorithmSchema, makeAlgorithm } from "./list.ts";
import { sketchTask } from "./testing/sketch-task.ts";
import { measureStep } from "./measure.ts";
import { measureBranching, measureBudget } from "./measure-branching.ts";
import type { UpdateOutcome } from "./measure-clip.ts";
import { dealMinibatches } from "./minibatch.ts";
import { unscored } from "./needs.ts";
import { buildTree, type TreeSketch } from "./testing/tree-builder.ts";

const aepo = (options: object = {}) =>
  makeAlgorithm(algorithmSchema.parse({ name: "aepo", updates: 1, ...options }), sketchTask);
const tokenizer = { token: (id: number) => `t${id}` };
const root = (reward: number) => ({ turns: [[0.1], [0.3]], reward });
const fork = (of: number, after = 0) => ({ turns: [[0.2]], reward: 0, fork: { of, after } });

describe("AEPO-R1, §7: the budget split", () => {
  it("mean and spread of m over the questions", () => {
    const trees = [2, 4].map((m) => buildTree({ paths: [root(1), root(0)], m }));
    expect(measureBudget(trees)).toMatchObject({ mMean: 3, mStd: Math.SQRT2, m: [2, 4], rootEntropyMean: null });
  });
});

describe("AEPO-R9, §7: where the branches went", () => {
  // Four roots that may branch; root 0 has 3 forks (one of them of a fork), root 1 has one.
  const tree: TreeSketch = {
    paths: [root(1), root(0), root(0), root(0), fork(0), fork(0), fork(5), fork(1)],
    m: 4,
    decisions: [
      { node: 1, path: 0, forks: 2, consecutive: 0, wanted: true, wantedAtZero: true, blockedBy: null },
      { node: 3, path: 1, forks: 1, consecutive: 1, wanted: true, wantedAtZero: true, blockedBy: null },
      { node: 5, path: 2, forks: 0, consecutive: 2, wanted: false, wantedAtZero: true, budgetLeft: 1 },
      { node: 7, path: 3, forks: 0, consecutive: 2, wanted: false, wantedAtZero: true, budgetLeft: 0 },
    ],
  };
  const figures = measureBranching([buildTree(tree)]);

  it("a branch counts for its root, a fork's fork too", () => {
    expect(figures).toMatchObject({ branches: 4, decisions: 4, top1: 3 / 4, top3: 1, rootsHit: 2 });
  });

  it("the null is the same branches thrown uniformly on the roots that may branch", () => {
    // Four branches on four roots: E[max]/4 by counting the 256 throws: (24·1 + 180·2 + 48·3 + 4·4)/(4·256) = 0.53125.
    // The share of the top 3 is 1 minus the least of four: only the 24 throws without an empty root lose 1/4.
    expect(figures.top1Null).toBeCloseTo(0.53125, 1);
    expect(Math.abs((figures.top3Null ?? 0) - (1 - (24 / 256) * 0.25))).toBeLessThan(0.015);
  });

  it("AEPO-R3: denied counts decisions with budget left that would branch at l = 0 and do not at their l", () => {
    expect(figures.denied).toBe(1);
    expect(figures.consecutiveShare).toBe(1 / 2);
  });

  it("no branches: no shares, not 0", () => {
    const none = measureBranching([buildTree({ paths: [root(1), root(0)] })]);
    expect(none).toMatchObject({
      branches: 0,
      top1: null,
      top3Null: null,
      consecutiveShare: null,
      toolEntropySpread: null,
    });
  });

  it("AEPO-H5: the spread is the n − 1 deviation of H over the tool steps decided on", () => {
    const steps = [0.1, 0.3].map((entropy) => ({ entropy }));
    const { toolEntropySpread } = measureBranching([buildTree({ paths: [root(1), root(0)], decisions: steps })]);
    expect(toolEntropySpread).toBeCloseTo(0.1 * Math.SQRT2, 12);
  });
});

/** One update in which every token's log-probability rose by `rise`. */
function oneUpdate(algorithm: ReturnType<typeof aepo>, sketch: TreeSketch, rise: number) {
  const trees = [buildTree(sketch)];
  const credits = algorithm.credit(trees, unscored);
  const updates = dealMinibatches(algorithm, credits, randomStream(1)).map((minibatch): UpdateOutcome => {
    const logprobs = minibatch.trees.flatMap(({ paths }) => paths.map((path) => path.oldLogprobs.map((x) => x + rise)));
    const report = { loss: 0, logprobs, entropies: [], tokens: 7 };
    return { minibatch, report, optimizer: { gradientNorm: 1, skipped: false } };
  });
  return measureStep({ algorithm, trees, credits, updates, tokenizer });
}

describe("AEPO-L3, §7: the clip", () => {
  const sketch: TreeSketch = { paths: [root(1), root(0)] };

  it("shares, entropies and the restored gradient", () => {
    // Ratio e: above the clip. Half the path-tokens have Ã > 0 and are clipped above: F 1.2 against e for the others.
    const { clip } = oneUpdate(aepo({ advantage: { entropyWeight: 0 } }), sketch, 1);
    expect(clip).toMatchObject({ pathTokens: 4, highShare: 0.5, lowShare: 0, lowEntropy: null });
    expect(clip?.highEntropy).toBeCloseTo(0.2, 12);
    expect(clip?.restoredShare).toBeCloseTo(1.2 / (1.2 + Math.E), 5);
    expect(clip?.mostClipped).toEqual([{ token: "t10", clipped: 2, trained: 4 }]);
  });

  it("below the clip nothing is restored", () => {
    const { clip } = oneUpdate(aepo({ advantage: { entropyWeight: 0 } }), sketch, -1);
    expect(clip).toMatchObject({ highShare: 0, lowShare: 0.5, restoredShare: 0 });
  });

  it("a skipped step measures nothing, not 0", () => {
    const algorithm = aepo();
    const figures = measureStep({ algorithm, trees: [buildTree(sketch)], credits: [], updates: [], tokenizer });
    expect([figures.clip, figures.factor, figures.reward.groupsKept]).toEqual([null, null, 0]);
  });
});

describe("§7: each mechanism has its own figure, which switching it off changes", () => {
  const sketch: TreeSketch = { paths: [root(1), root(0)] };

  it("stop-gradient: restoredShare", () => {
    expect(oneUpdate(aepo(), sketch, 1).clip?.restoredShare).toBeGreaterThan(0);
    expect(oneUpdate(aepo({ clip: { stopGradient: false } }), sketch, 1).clip?.restoredShare).toBe(0);
  });

  it("AEPO-L2: the entropy factor's deviation", () => {
    expect(oneUpdate(aepo(), sketch, 1).factor?.std).toBeGreaterThan(0);
    expect(oneUpdate(aepo({ advantage: { entropyWeight: 0 } }), sketch, 1).factor?.std).toBe(0);
  });

  it("pre-monitoring: m differs between probes, and does not without it", () => {
    const m = (algorithm: ReturnType<typeof aepo>) =>
      [0, 3].map((tool) => algorithm.growth.budget({ rootEntropy: 1, toolEntropies: [tool] }));
    expect(new Set(m(aepo())).size).toBe(2);
    expect(new Set(m(aepo({ budget: { premonitor: false } }))).size).toBe(1);
  });

  it("penalty: a step after a branch is denied, and is not without it", () => {
    const step = { deltaEntropy: 0.05, consecutive: 3 };
    expect(aepo().growth.branchProbability(step)).toBeLessThan(0.5);
    expect(aepo({ branch: { penalty: 0 } }).growth.branchProbability(step)).toBeGreaterThan(0.5);
  });

  it("one that is on and idle says so, with the reason", () => {
    const { warnings } = oneUpdate(aepo(), { paths: [root(1), root(0)] }, 0);
    expect(warnings).toEqual([
      "nothing branched: no tool result was followed by a turn of a path that may branch",
      "the stop-gradient restored nothing: no token with a positive advantage went above 1 + clip.high; more updates or a higher learning rate would",
    ]);
    const off = aepo({ clip: { stopGradient: false } });
    expect(oneUpdate(off, sketch, 0).warnings).toHaveLength(1);
  });
});

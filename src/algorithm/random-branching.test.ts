import { describe, expect, it } from "vitest";
import { thrownMessage } from "../../test/support/thrown.ts";
import { randomStream } from "../std/random.ts";
import type { TurnScript } from "../rollout/scripted-turns.ts";
import { answer, growSmall, look } from "../rollout/testing/small-world.ts";
import type { RolloutTree } from "../rollout/tree.ts";
import { readConfig } from "../train/config-source.ts";
import { recipeSchema } from "../train/config.ts";
import { algorithmSchema, makeAlgorithm } from "./list.ts";
import { sketchTask } from "./testing/sketch-task.ts";

const control = (options: object = {}) =>
  makeAlgorithm(algorithmSchema.parse({ name: "random-branching", branch: { rate: 0.3 }, ...options }), sketchTask);

/** Four looks and an answer on every path; the entropies are what the test says. */
const looks =
  (entropy: number): TurnScript =>
  ({ turn, root }) => ({ entropy: turn === 0 ? 0 : entropy, text: turn < (root === null ? 2 : 4) ? look : answer });

function grow(rate: number, entropy: number, questions = 40): Promise<RolloutTree[]> {
  const rules = control({ groupSize: 8, branch: { rate } }).growth;
  return growSmall(looks(entropy), { rules, questions });
}

function withBudget(trees: readonly RolloutTree[]): RolloutTree["decisions"] {
  return trees.flatMap(({ decisions }) => decisions.filter(({ budgetLeft }) => budgetLeft > 0));
}

describe("random branching", () => {
  it("B-RAND: half the rollouts are whole, no probe", () => {
    const { growth } = control({ groupSize: 7 });
    expect([growth.probe, growth.budget(null)]).toEqual(["none", 4]);
  });

  it("B-RAND: the probability is the rate at any entropy and any l", () => {
    const { growth } = control();
    for (const deltaEntropy of [-9, 0, 9])
      for (const consecutive of [0, 7]) expect(growth.branchProbability({ deltaEntropy, consecutive })).toBe(0.3);
  });

  it("B-RAND: each decision with budget left branches where the draw of its own stream is below the rate", async () => {
    const trees = await grow(0.3, 0);
    expect(withBudget(trees).length).toBeGreaterThan(500);
    for (const { question, decisions } of trees) {
      for (const { path, turn, comparedWith, forks, budgetLeft } of decisions) {
        const draw = randomStream(1, "rollout", 1, question.id, path, turn, "branch").uniform();
        expect(comparedWith).toBe(draw);
        expect(forks).toBe(draw < 0.3 && budgetLeft > 0 ? 1 : 0);
      }
    }
  });

  it("B-RAND: the share that branches is the rate", async () => {
    for (const rate of [0.1, 0.3, 0.8]) {
      const decisions = withBudget(await grow(rate, 0));
      const share = decisions.filter(({ forks }) => forks > 0).length / decisions.length;
      // Four standard errors of the share.
      expect(Math.abs(share - rate)).toBeLessThan(4 * Math.sqrt((rate * (1 - rate)) / decisions.length));
    }
    expect(withBudget(await grow(1, 0)).every(({ forks }) => forks === 1)).toBe(true);
  });

  it("B-RAND: entropies change no tree, the seed does", async () => {
    const shape = (trees: readonly RolloutTree[]) => trees.map(({ paths }) => paths.map(({ origin }) => origin));
    const trees = await grow(0.3, 0);
    expect(shape(await grow(0.3, 3))).toEqual(shape(trees));
    expect(JSON.stringify(await grow(0.3, 0))).toBe(JSON.stringify(trees));
    const rules = control({ groupSize: 8 }).growth;
    expect(shape(await growSmall(looks(0), { rules, questions: 40, seed: 2 }))).not.toEqual(shape(trees));
  });

  const needed = "needs rate, the share of decisions that branch (B-RAND): above 0, at most 1";

  it.each([
    ["algorithm={name: random-branching}", `algorithm.branch: ${needed}`],
    ["algorithm={name: random-branching, branch: {}}", `algorithm.branch.rate: ${needed}`],
    ["algorithm={name: random-branching, branch: {rate: 0}}", `algorithm.branch.rate: ${needed}`],
    ["algorithm={name: random-branching, branch: {rate: 1.5}}", `algorithm.branch.rate: ${needed}`],
    [
      "algorithm={name: random-branching, branch: {rate: 0.2, threshold: 0.5}}",
      'unknown key "algorithm.branch.threshold"\n  known here: rate, width',
    ],
  ])("B-RAND: %s is refused", (assignment, message) => {
    const text = "{task: {name: atlas}, policy: {checkpoint: x}, optimizer: {learningRate: 1}, train: {steps: 1}}";
    const read = () => readConfig({ name: "r.yaml", text, overrides: [assignment] }, recipeSchema);
    expect(thrownMessage(read)).toBe(`--set ${assignment}: ${message}`);
  });
});

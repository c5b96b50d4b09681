import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { thrownMessage } from "../../test/support/thrown.ts";
import { groupAdvantages } from "./advantage.ts";
import { algorithmSchema, makeAlgorithm } from "./list.ts";
import { measureBranching } from "./measure-branching.ts";
import { unscored } from "./needs.ts";
import { sketchTask } from "./testing/sketch-task.ts";
import { buildTree, type TreeSketch } from "./testing/tree-builder.ts";
import { treeAdvantages } from "./tree-grpo.ts";

const options = (changes: object) => algorithmSchema.parse({ name: "tree-grpo", ...changes });
const treeGrpo = (changes: object = {}) => makeAlgorithm(options(changes), sketchTask);

/** Two trees of two paths: rewards 1 and 0 in the first, `second` twice in the other. */
const sketch = (second: number): TreeSketch => ({
  paths: [
    { turns: [[1], [1, 1]], reward: 1 },
    { turns: [[1], [1]], reward: second },
    { turns: [[1]], reward: 0, fork: { of: 0, after: 0 } },
    { turns: [[1]], reward: second, fork: { of: 1, after: 0 } },
  ],
});

describe("the advantage", () => {
  it("B-TREE: (r − mean)/std inside the tree plus (r − mean)/std over all k", () => {
    // Inside the first tree ±0.5/std(1, 0) = ±0.5/√0.5; the second has no spread. Over all: rewards 1, 1, 0, 1, mean 0.75,
    // variance (3 · 0.0625 + 0.5625)/3 = 0.25.
    const inside = 0.5 / (Math.SQRT1_2 + 1e-6);
    const [up, down] = [0.25 / (0.5 + 1e-6), -0.75 / (0.5 + 1e-6)];
    const expected = [inside + up, up, down - inside, up];
    for (const [i, advantage] of treeAdvantages(buildTree(sketch(1))).entries())
      expect(advantage).toBeCloseTo(expected[i] ?? Number.NaN, 12);
  });

  it("B-TREE: it is the credit of every token of the path", () => {
    const tree = buildTree(sketch(0.25));
    const expected = treeAdvantages(tree);
    const [group] = treeGrpo().credit([tree], unscored);
    expect(group?.paths.map(({ advantages }) => [...advantages])).toEqual(
      [3, 2, 2, 2].map((tokens, i) => new Array<number>(tokens).fill(Math.fround(expected[i] ?? Number.NaN))),
    );
  });

  it("B-TREE: both terms sum to 0, and one tree of all paths doubles the group's advantage", () => {
    const rewards = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 4, maxLength: 12 });
    fc.assert(
      fc.property(rewards, fc.integer({ min: 1, max: 4 }), (values, trees) => {
        const paths = values.map((reward, i) =>
          i < trees ? { turns: [[1], [1]], reward } : { turns: [[1]], reward, fork: { of: i % trees, after: 0 } },
        );
        const advantages = treeAdvantages(buildTree({ paths }));
        expect(advantages.reduce((sum, x) => sum + x, 0)).toBeCloseTo(0, 9);
        if (trees === 1) expect(advantages).toEqual(groupAdvantages(values).map((advantage) => 2 * advantage));
      }),
    );
  });
});

describe("the budget", () => {
  it("B-TREE: k = M · (1 + N · L), by default k/4 trees and three chains each", () => {
    const { growth } = treeGrpo();
    expect([growth.groupSize, growth.budget(null), growth.chains, growth.probe]).toEqual([16, 4, 3, "none"]);
    expect(treeGrpo({ groupSize: 15, chains: 2, rounds: 2 }).growth.budget(null)).toBe(3);
    expect(treeGrpo({ groupSize: 12, trees: 3 }).growth.budget(null)).toBe(3);
  });

  const rule = "Tree-GRPO makes k = trees · (1 + chains · rounds) rollouts (B-TREE)";

  it.each([
    [{ groupSize: 14 }, "with chains 3, rounds 1 set groupSize 12 or 16, not 14"],
    [{ groupSize: 3 }, "with chains 3, rounds 1 set groupSize 4, not 3"],
    [{ rounds: 2 }, "with chains 3, rounds 2 set groupSize 14 or 21, not 16"],
    [{ groupSize: 14, trees: 4 }, "with trees 4, chains 3, rounds 1 set groupSize 16, not 14"],
    [{ trees: 3 }, "with trees 3, chains 3, rounds 1 set groupSize 12 or trees 4, not 16"],
  ])("B-TREE: %o cannot be made, and the message says what can", (changes, message) => {
    const result = algorithmSchema.safeParse({ name: "tree-grpo", ...changes });
    expect(result.error?.issues).toMatchObject([{ path: ["groupSize"], message: `${rule}: ${message}` }]);
  });

  it("B-TREE: what would have no effect is no option", () => {
    expect(thrownMessage(() => options({ branch: {} }))).toContain('Unrecognized key: \\"branch\\"');
  });
});

it("B-TREE: chains are counted as branches of their tree, those from the question too", () => {
  const tree = buildTree(sketch(1));
  const paths = tree.paths.map((path) =>
    path.id === 3 ? { ...path, origin: { kind: "fork" as const, from: 1, at: 0 } } : path,
  );
  expect(measureBranching([{ ...tree, paths }])).toMatchObject({ branches: 2, perGroup: 2, rootsHit: 2, decisions: 0 });
});

import { describe, expect, it } from "vitest";
import { checkLossTree } from "../src/policy/loss-tree.ts";
import { randomStream } from "../src/std/random.ts";
import { groupTree, sequenceTrees } from "./batches.ts";
import { pathsApart } from "./paths-apart.ts";
import { matmulWeights, MEDIUM, SMALL, trainingFlops } from "./shapes.ts";
import { median } from "./timing.ts";

const sample = (id: string, ids: number[]) => ({
  id,
  ids,
  logprobs: ids.map((_, i) => -1 - i),
  entropies: ids.map(() => 0),
  finish: "length" as const,
});

describe("what the benchmarks are fed", () => {
  it("makes one tree of a prompt and its continuations", () => {
    const tree = groupTree([5, 6], [sample("0", [7, 8]), sample("1", [9])], [0.5, -0.5]);
    expect([...tree.ids]).toEqual([5, 6, 7, 8, 9]);
    expect([...tree.parents]).toEqual([-1, 0, 1, 2, 1]);
    expect(tree.paths.map(({ leaf, tokens }) => [leaf, [...tokens]])).toEqual([
      [3, [2, 3]],
      [4, [4]],
    ]);
    expect([...(tree.paths[0]?.oldLogprobs ?? [])]).toEqual([-1, -2]);
    // Token mean over the 3 continued tokens of the group.
    expect(tree.paths[1]?.weights[0]).toBeCloseTo(1 / 3, 6);
    checkLossTree(tree, 10);
  });

  it("takes a tree apart into its paths", () => {
    const tree = groupTree([5, 6], [sample("0", [7, 8]), sample("1", [9])], [0.5, -0.5]);
    const apart = pathsApart(tree);
    expect(apart.map(({ ids }) => [...ids])).toEqual([
      [5, 6, 7, 8],
      [5, 6, 9],
    ]);
    expect(apart.map(({ paths }) => [...(paths[0]?.tokens ?? [])])).toEqual([[2, 3], [2]]);
    expect(apart[1]?.paths[0]?.advantages).toEqual(tree.paths[1]?.advantages);
    for (const path of apart) checkLossTree(path, 10);
  });

  it("trains exactly the tokens the shape says", () => {
    const trees = sequenceTrees(SMALL, randomStream(1));
    const trained = trees.reduce((sum, { paths }) => sum + (paths[0]?.tokens.length ?? 0), 0);
    expect(trained).toBe(8 * 128);
  });
});

describe("arithmetic of the shapes", () => {
  it("counts the weights of the matrices", () => {
    // A layer: q and o 128·128, k and v 128·64, three of 128·512; four layers; the output 1664·128.
    expect(matmulWeights(SMALL.model)).toBe(4 * (2 * 128 * 128 + 2 * 128 * 64 + 3 * 128 * 512) + 1664 * 128);
    expect(matmulWeights(SMALL.model) / 1e6).toBeCloseTo(1.2, 1);
    expect(matmulWeights(MEDIUM.model) / 1e6).toBeCloseTo(8.4, 1);
  });

  it("counts a query and key 12 times the width a layer", () => {
    const [none, one] = [trainingFlops(SMALL.model, 10, 0), trainingFlops(SMALL.model, 10, 1)];
    expect(none).toBe(10 * 6 * matmulWeights(SMALL.model));
    expect(one - none).toBe(10 * 12 * 4 * 128);
  });

  it("takes the median", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
  });
});

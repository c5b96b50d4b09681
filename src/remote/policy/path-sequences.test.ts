import { expect, it } from "vitest";
import type { LossPath } from "../../policy/policy.ts";
import { pathSequence, scoredSequence } from "./path-sequences.ts";

function path(leaf: number, tokens: readonly number[]): LossPath {
  const zeros = new Float32Array(tokens.length);
  return { leaf, tokens: Int32Array.from(tokens), oldLogprobs: zeros, advantages: zeros, weights: zeros };
}

// A trunk 0–3 with two forks, 4–6 and 7–8; ids are ten times the index.
const tree = {
  ids: Int32Array.of(0, 10, 20, 30, 40, 50, 60, 70, 80),
  parents: Int32Array.of(-1, 0, 1, 2, 3, 4, 5, 3, 7),
  paths: [],
};

it("AEPO-L6: a path is its tokens from the root to its last trained one, each trained token among the targets", () => {
  const sequence = pathSequence(tree, path(8, [3, 7, 8]));
  expect([...(sequence?.tokens ?? [])]).toEqual([0, 10, 20, 30, 70]);
  expect([...(sequence?.targets ?? [])]).toEqual([10, 20, 30, 70, 80]);
  expect([...(sequence?.trained ?? [])]).toEqual([2, 3, 4]);
  // A tool result at the end has no say: path 4–6 is sent to token 5.
  expect([...(pathSequence(tree, path(6, [4, 5]))?.targets ?? [])]).toEqual([10, 20, 30, 40, 50]);
  expect(pathSequence(tree, path(6, []))).toBeNull();
});

it("a sequence to score has every token but the first among its targets", () => {
  const { tokens, targets, trained } = scoredSequence([5, 6, 7]);
  expect([[...tokens], [...targets], [...trained]]).toEqual([
    [5, 6],
    [6, 7],
    [0, 1],
  ]);
});

/**
 * From a rollout tree to what the policy trains on (AEPO-L6): every token once, prefixes shared, some or all of the paths.
 * Trained tokens are those the policy wrote (AEPO-L5): prompt and results carry no loss.
 */
import type { LossPath, LossTree } from "../policy/policy.ts";
import { type RolloutTree, type TreeNode, walk } from "./tree.ts";

/** One path to train, with one entry a policy token of the path. */
export interface TrainedPath {
  readonly path: number;
  readonly advantages: Float32Array;
  readonly weights: Float32Array;
}

export function toLossTree(tree: RolloutTree, trained: readonly TrainedPath[]): LossTree {
  const ids: number[] = [...tree.promptIds];
  const parents: number[] = ids.map((_, i) => i - 1);
  const placed = new Map<number, PlacedNode>();
  const paths = trained.map(({ path, advantages, weights }): LossPath => {
    const nodes = walk(tree, tree.paths.find(({ id }) => id === path)?.leaf ?? 0);
    const places = nodes.map(
      (node) => placed.get(node.id) ?? place(node, placed, ids, parents, tree.promptIds.length - 1),
    );
    return {
      leaf: places.at(-1)?.last ?? tree.promptIds.length - 1,
      tokens: Int32Array.from(places.flatMap(({ first, count }) => Array.from({ length: count }, (_, i) => first + i))),
      oldLogprobs: Float32Array.from(nodes.flatMap(({ turn }) => turn?.logprobs ?? [])),
      advantages,
      weights,
    };
  });
  return { ids: Int32Array.from(ids), parents: Int32Array.from(parents), paths };
}

interface PlacedNode {
  /** Index of its first policy token, their number, and the index of its last token (result included). */
  readonly first: number;
  readonly count: number;
  readonly last: number;
}

function place(
  node: TreeNode,
  placed: Map<number, PlacedNode>,
  ids: number[],
  parents: number[],
  promptEnd: number,
): PlacedNode {
  const before = node.parent === null ? undefined : placed.get(node.parent);
  let parent = before?.last ?? promptEnd;
  const first = ids.length;
  for (const id of [...(node.turn?.ids ?? []), ...(node.result?.ids ?? [])]) {
    parents.push(parent);
    parent = ids.length;
    ids.push(id);
  }
  const entry = { first, count: node.turn?.ids.length ?? 0, last: parent };
  placed.set(node.id, entry);
  return entry;
}

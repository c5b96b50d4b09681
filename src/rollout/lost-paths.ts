/**
 * Paths that the engine lost: a turn could not be sampled (a network, a server that refused). They are recorded and never
 * trained; the others of their group are compared among themselves, so a lost request costs one path and not the step.
 */
import type { Reward } from "../envs/task.ts";
import type { EndReason, RolloutTree } from "./tree.ts";

export const LOST = "engine-failure" satisfies EndReason;

/** Nobody judges half a path. */
export function lostReward(why: string): Reward {
  return { total: 0, formatOk: false, correct: false, parts: {}, failed: `the engine could not sample a turn: ${why}` };
}

/** The tree with the paths that can be learnt from: itself where none was lost. Nodes, and forks of a lost path, stay. */
export function withoutLost(tree: RolloutTree): RolloutTree {
  return tree.paths.some(isLost) ? { ...tree, paths: tree.paths.filter((path) => !isLost(path)) } : tree;
}

export function isLost({ end }: { readonly end: EndReason }): boolean {
  return end === LOST;
}

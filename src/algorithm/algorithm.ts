/**
 * An algorithm is a record of small pure functions and declared needs. GRPO, ARPO and AEPO are short files that differ
 * only where the papers differ; the trainer and the rollout room never ask for a name.
 */
import type { Loss } from "../policy/loss.ts";
import type { GrowthRules } from "../rollout/rules.ts";
import type { RolloutTree } from "../rollout/tree.ts";

/** Credit of one path: one entry a trainable token of the path (policy tokens in order, AEPO-L5). */
export interface PathCredit {
  readonly path: number;
  readonly advantages: Float32Array;
  /** Entropy factor of AEPO-L2 (1 everywhere when it is off). */
  readonly factors: Float32Array;
}

export interface GroupCredit {
  readonly tree: RolloutTree;
  readonly paths: readonly PathCredit[];
}

/** How path-tokens are weighed within one optimiser step: from the lengths of its paths to the weight of every path-token of each path (AEPO-L4: 1 / Σ lengths). */
export type Reduction = (lengths: readonly number[]) => number[];

export interface Algorithm {
  readonly name: string;
  readonly growth: GrowthRules;
  /** Which groups enter the batch (equal rewards are dropped, AEPO-L1). */
  keep(tree: RolloutTree): boolean;
  /** Credit of the groups kept for a batch, in the same order. A path that is not trained (`truncated: "mask"`) is left out. */
  credit(trees: readonly RolloutTree[]): GroupCredit[];
  readonly loss: Loss;
  /** F of AEPO-L3 on the host, for the figures of §7: gradient coefficient of a path-token is F · Ã. */
  gradientFactor(ratio: number, advantage: number): number;
  readonly reduction: Reduction;
  readonly updates: number;
  readonly minibatch: "trees" | "paths";
}

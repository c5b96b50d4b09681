/**
 * An algorithm is a record of small pure functions and declared needs. The methods are short files that differ only where
 * their papers differ; the trainer and the rollout room never ask for a name.
 */
import type { ValueLoss } from "../policy/critic/value-loss.ts";
import type { Loss } from "../policy/loss.ts";
import type { ValueTargets } from "../policy/policy.ts";
import type { EntropyScale, GrowthRules } from "../rollout/rules.ts";
import type { RolloutTree } from "../rollout/tree.ts";
import type { Need, PathScores } from "./needs.ts";

/** Credit of one path: one entry a trainable token of the path (policy tokens in order, AEPO-L5). */
export interface PathCredit {
  readonly path: number;
  readonly advantages: Float32Array;
  /** Entropy factor of AEPO-L2 (1 everywhere when it is off). */
  readonly factors: Float32Array;
  /** Of the reference policy, for a loss that reads them. */
  readonly referenceLogprobs?: Float32Array;
  /** Of the value head, where the method has one. */
  readonly targets?: ValueTargets;
}

export interface GroupCredit {
  readonly tree: RolloutTree;
  readonly paths: readonly PathCredit[];
}

/** From the lengths of an optimiser step's paths to the weight of every path-token of each path (AEPO-L4: 1 / Σ lengths). */
export type Reduction = (lengths: readonly number[]) => number[];

/** Which mechanisms are on: the figures warn about one that is and does nothing. */
export interface Mechanisms {
  readonly premonitor: boolean;
  readonly branching: boolean;
  readonly penalty: boolean;
  readonly stopGradient: boolean;
  readonly entropyAdvantage: boolean;
}

/** The task's own entropy window, for algorithms that do not set one. */
export interface DefaultWindow {
  readonly tokens: number;
  readonly skip: number;
}

/** What of a task an algorithm depends on. */
export interface TaskTraits {
  readonly entropyWindow: DefaultWindow;
  /** L_max: tokens of a path, prompt and results included. */
  readonly limits: { readonly tokens: number };
}

/** How a value head is trained beside the policy. */
export interface CriticRules {
  /** The loss's own, for steps without the rest of it. */
  readonly value: ValueLoss;
  /** Steps, the first ones, that train the value head alone. */
  readonly warmup: number;
  readonly learningRate: number;
}

export interface Algorithm {
  readonly name: string;
  /** Nothing by default. */
  readonly needs?: readonly Need[];
  /** With the need "critic". */
  readonly critic?: CriticRules;
  readonly growth: GrowthRules;
  /** AEPO-H5: unit of ΔH. */
  readonly entropyScale: EntropyScale;
  /** Which groups enter the batch (equal rewards are dropped, AEPO-L1). */
  keep(tree: RolloutTree): boolean;
  /** Rounds of questions at most, while groups are missing that `keep` dropped (default 1: the step goes on with what was kept). */
  readonly maxDraws?: number;
  /** Credit of the groups kept for a batch, in the same order. A path that is not trained (`truncated: "mask"`) is left out. */
  credit(trees: readonly RolloutTree[], scores: PathScores): GroupCredit[];
  /** Credit that depends on what is trained together, of the groups of one optimiser step (default: as it is). */
  dealt?(groups: readonly GroupCredit[]): GroupCredit[];
  readonly loss: Loss;
  /** ε_l and ε_h, for the figures of the clip. */
  readonly clip: { readonly low: number; readonly high: number };
  /** The ratio that the loss clips at each trained token of a path, from the tokens' log δ (default: the token's own δ). */
  pathRatios?(logRatios: readonly number[]): number[];
  /** F of AEPO-L3 on the host: the gradient coefficient of a path-token is F · Ã. */
  gradientFactor(ratio: number, advantage: number): number;
  readonly reduction: Reduction;
  readonly updates: number;
  readonly minibatch: "trees" | "paths";
  readonly mechanisms: Mechanisms;
  /** AEPO-H4: surprisal may stand for entropy even where it becomes a weight: somebody asked for it in words (default: no). */
  readonly acceptsSurprisal?: boolean;
  /** Figures of what this method alone does, by name. */
  figures?(trees: readonly RolloutTree[], credits: readonly GroupCredit[]): Readonly<Record<string, number>>;
}

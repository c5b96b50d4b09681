/**
 * What an algorithm tells the rollout room: pure functions from measurements to a count and a probability. The room
 * measures, draws random numbers and grows trees; it never names an algorithm.
 */

import type { Departures } from "./departures.ts";

/** AEPO-R9: who gets the slots. */
export type Order = "synchronous" | "depthFirst";

/** AEPO-H5: one scale of entropy differences for R1 and R2. `spread` needs the deviation of the previous step. */
export type EntropyScale = "nats" | "logV" | "spread";

/** What the probe measured (AEPO-R1), already in units of the entropy scale. */
export interface ProbeMeasurement {
  readonly rootEntropy: number;
  /** H of its first step, where that is not H_root (`Departures.rootTokens`). */
  readonly firstEntropy?: number;
  /** H_tool of every tool result followed by a policy token. */
  readonly toolEntropies: readonly number[];
}

/** What a tool step measured (AEPO-R2). */
export interface StepMeasurement {
  /** ΔH in units of the entropy scale. */
  readonly deltaEntropy: number;
  /** l of AEPO-R3. */
  readonly consecutive: number;
  /** A uniform draw of the step's own stream, for rules that ask for one (`Departures.noise`). */
  readonly noise?: number;
}

export interface GrowthRules {
  /** k ≥ 2. */
  readonly groupSize: number;
  /** Whether a probe is run first; `discard` throws it away (AEPO-R1). */
  readonly probe: "none" | "keep" | "discard";
  /** m, from the probe or from null when there is none. */
  budget(probe: ProbeMeasurement | null): number;
  /** P of AEPO-R3, in [0, 1]. */
  branchProbability(step: StepMeasurement): number;
  /** AEPO-R4: branch if P > threshold, or if a uniform draw is below P. */
  readonly decision: { readonly kind: "threshold"; readonly threshold: number } | { readonly kind: "sample" };
  /** Z. */
  readonly width: number;
  readonly order: Order;
  /**
   * B-TREE: no step is decided on. When all paths have ended, this many random non-leaf nodes of each root's tree grow one new
   * chain each, round after round until the k − m slots are used, which whole rounds have to do.
   */
  readonly chains?: number;
  /** AEPO-H2. */
  readonly entropyTokens: number;
  readonly entropySkip: number;
  /** Where the rules follow the released code instead of the paper. */
  readonly departures?: Departures;
}

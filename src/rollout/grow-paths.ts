/** Plain sampling for evaluation: n whole paths a question, no probe, no branching; the same machinery as training. */
import type { Reward } from "../envs/task.ts";
import { type GrowOptions, growTrees } from "./grow.ts";
import type { EndReason } from "./tree.ts";
import { wholeRollouts } from "./whole-rollouts.ts";

export interface SampledPath {
  readonly end: EndReason;
  readonly reward: Reward;
}

export type GrowPathsOptions = Omit<GrowOptions, "rules" | "step" | "entropyDivisor" | "overlap"> & {
  readonly samples: number;
};

/** `samples` paths of every question, in order. */
export async function growPaths(options: GrowPathsOptions): Promise<readonly (readonly SampledPath[])[]> {
  const { samples, ...rest } = options;
  const trees = await growTrees({ ...rest, rules: wholeRollouts(samples), step: 0, entropyDivisor: 1, overlap: false });
  return trees.map(({ paths }) => paths.map(({ end, reward }) => ({ end, reward })));
}

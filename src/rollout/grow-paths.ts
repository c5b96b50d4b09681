/** Plain sampling for evaluation: n whole paths a question, no probe, no branching; the same machinery as training. */
import type { Reward } from "../envs/task.ts";
import { type GrowOptions, growTrees } from "./grow.ts";
import type { GrowthRules } from "./rules.ts";
import type { EndReason } from "./tree.ts";

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

/** Rules under which every rollout is a whole one. */
function wholeRollouts(groupSize: number): GrowthRules {
  return {
    groupSize,
    probe: "none",
    budget: () => groupSize,
    branchProbability: () => 0,
    decision: { kind: "threshold", threshold: 1 },
    width: 1,
    order: "synchronous",
    entropyTokens: 1,
    entropySkip: 0,
  };
}

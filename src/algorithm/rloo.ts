/**
 * RLOO (arXiv 2402.14740; B-RLOO): each path's baseline is the mean reward of the OTHER k − 1; the loss is on whole paths,
 * min(s·Ã, clip(s, 1 ± ε)·Ã) with s = exp(Σ log δ), mean over paths: REINFORCE at the first update.
 */
import { z } from "zod";
import { hasSpread, pathCredit, rewardsOf } from "./advantage.ts";
import type { Algorithm } from "./algorithm.ts";
import { clipFields, groupOptions, regularisation } from "./options.ts";
import { sequenceMean } from "./reduction.ts";
import { sequenceClip } from "./sequence-clip.ts";
import { wholeGroups } from "./whole-groups.ts";

export const rlooSchema = z.strictObject({
  name: z.literal("rloo"),
  ...groupOptions,
  clip: z.strictObject(clipFields).prefault({}),
  ...regularisation,
});

export function rloo(options: z.output<typeof rlooSchema>): Algorithm {
  const { clip, klWeight, entropyBonus } = options;
  return {
    name: "rloo",
    ...wholeGroups(options),
    keep: hasSpread,
    credit: (trees) => trees.map((tree) => pathCredit(tree, leaveOneOut(rewardsOf(tree)), options.truncated)),
    ...sequenceClip({ ...clip, klWeight, entropyBonus, pool: "sum" }),
    reduction: sequenceMean,
  };
}

/** r − mean of the other k − 1. */
export function leaveOneOut(rewards: readonly number[]): number[] {
  const total = rewards.reduce((sum, reward) => sum + reward, 0);
  return rewards.map((reward) => reward - (total - reward) / (rewards.length - 1));
}

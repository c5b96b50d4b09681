/** GRPO (arXiv 2402.03300; B-GRPO): k whole rollouts, group-normalised advantage, PPO clip, sequence mean. */
import { z } from "zod";
import { groupCredit, hasSpread } from "./advantage.ts";
import type { Algorithm } from "./algorithm.ts";
import { clippedLoss, gradientFactor } from "./clip.ts";
import { clipFields, groupOptions, regularisation } from "./options.ts";
import { sequenceMean } from "./reduction.ts";
import { wholeRollouts } from "../rollout/whole-rollouts.ts";

export const grpoSchema = z.strictObject({
  name: z.literal("grpo"),
  ...groupOptions,
  clip: z.strictObject(clipFields).prefault({}),
  ...regularisation,
});

export function grpo(options: z.output<typeof grpoSchema>): Algorithm {
  const clip = { ...options.clip, stopGradient: false, ...regularisersOf(options) };
  return {
    name: "grpo",
    growth: wholeRollouts(options.groupSize),
    entropyScale: "nats",
    keep: hasSpread,
    credit: (trees) => trees.map((tree) => groupCredit(tree, options.truncated)),
    loss: clippedLoss(clip),
    clip,
    gradientFactor: (ratio, advantage) => gradientFactor(ratio, advantage, clip),
    reduction: sequenceMean,
    updates: options.updates,
    minibatch: options.minibatch,
    mechanisms: { premonitor: false, branching: false, penalty: false, stopGradient: false, entropyAdvantage: false },
  };
}

function regularisersOf({ klWeight, entropyBonus }: z.output<typeof grpoSchema>) {
  return { klWeight, entropyBonus };
}

/**
 * CISPO (arXiv 2506.13585; B-CISPO): REINFORCE with a clipped importance weight, sg(clip(δ, 1 − ε_l, 1 + ε_h))·Ã·log π. The
 * clip bounds a token's weight and never takes its gradient away; with ε_l 1 there is no lower bound.
 */
import { z } from "zod";
import { exp, maximum, minimum, mul, stopGradient } from "../engine/ops.ts";
import type { Value } from "../engine/value.ts";
import type { LossInputs } from "../policy/loss.ts";
import { groupCredit, hasSpread } from "./advantage.ts";
import type { Algorithm } from "./algorithm.ts";
import { clampedRatio, logRatios, policyLoss } from "./clip.ts";
import { clipFields, groupOptions, regularisation } from "./options.ts";
import { tokenMean } from "./reduction.ts";
import { wholeGroups } from "./whole-groups.ts";

export const cispoSchema = z.strictObject({
  name: z.literal("cispo"),
  ...groupOptions,
  clip: z
    .strictObject({
      low: clipFields.low.unwrap().default(1).describe("ε_l; 1: no lower bound."),
      high: clipFields.high.unwrap().default(4).describe("ε_h."),
    })
    .prefault({}),
  ...regularisation,
});

export function cispo(options: z.output<typeof cispoSchema>): Algorithm {
  const { clip, klWeight, entropyBonus } = options;
  return {
    name: "cispo",
    ...wholeGroups(options),
    keep: hasSpread,
    credit: (trees) => trees.map((tree) => groupCredit(tree, options.truncated)),
    loss: policyLoss("cispo", { ...clip, klWeight, entropyBonus }, surrogate),
    clip,
    gradientFactor: (ratio) => Math.min(Math.max(clampedRatio(ratio), 1 - clip.low), 1 + clip.high),
    reduction: tokenMean,
  };
}

function surrogate(inputs: LossInputs, { low, high }: { low: number; high: number }): Value {
  const weight = minimum(maximum(exp(logRatios(inputs)), 1 - low), 1 + high);
  return mul(mul(stopGradient(weight), inputs.advantages_N), inputs.logprobs_N);
}

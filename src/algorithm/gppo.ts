/**
 * GPPO (arXiv 2508.07629; B-GPPO): the value of PPO's clip, the gradient of a clipped token kept and bounded on both sides.
 * min(δ·Ã, clip(δ, ((1 − ε_l)/sg(δ))·δ, ((1 + ε_h)/sg(δ))·δ)·Ã), token mean.
 */
import { z } from "zod";
import { div, exp, maximum, minimum, mul, stopGradient } from "../engine/ops.ts";
import type { Value } from "../engine/value.ts";
import type { LossInputs } from "../policy/loss.ts";
import { groupCredit, hasSpread } from "./advantage.ts";
import type { Algorithm } from "./algorithm.ts";
import { clampedRatio, logRatios, policyLoss } from "./clip.ts";
import { clipFields, groupOptions, regularisation } from "./options.ts";
import { tokenMean } from "./reduction.ts";
import { wholeGroups } from "./whole-groups.ts";

export const gppoSchema = z.strictObject({
  name: z.literal("gppo"),
  ...groupOptions,
  clip: z.strictObject(clipFields).prefault({}),
  ...regularisation,
});

export function gppo(options: z.output<typeof gppoSchema>): Algorithm {
  const { clip, klWeight, entropyBonus } = options;
  return {
    name: "gppo",
    ...wholeGroups(options),
    keep: hasSpread,
    credit: (trees) => trees.map((tree) => groupCredit(tree, options.truncated)),
    loss: policyLoss("gppo", { ...clip, klWeight, entropyBonus }, surrogate),
    clip,
    // F = 1 + ε_h above with Ã > 0, 1 − ε_l below with Ã < 0, δ otherwise.
    gradientFactor(ratio, advantage) {
      const delta = clampedRatio(ratio);
      if (advantage > 0) return Math.min(delta, 1 + clip.high);
      return advantage < 0 ? Math.max(delta, 1 - clip.low) : delta;
    },
    reduction: tokenMean,
  };
}

function surrogate(inputs: LossInputs, { low, high }: { low: number; high: number }): Value {
  const { advantages_N } = inputs;
  const delta = exp(logRatios(inputs));
  const bound = (value: number): Value => mul(div(value, stopGradient(delta)), delta);
  const clipped = minimum(maximum(delta, bound(1 - low)), bound(1 + high));
  return minimum(mul(delta, advantages_N), mul(clipped, advantages_N));
}

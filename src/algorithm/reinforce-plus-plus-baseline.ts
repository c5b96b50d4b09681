/**
 * REINFORCE++-baseline (arXiv 2501.03262; B-RPPB): r − the group's mean, then (x − mean)/std over all path-tokens of the
 * batch; PPO clip less β·k2, k2 = ½(log π − log π_ref)², token mean.
 */
import { z } from "zod";
import { mul, square, sub } from "../engine/ops.ts";
import type { Value } from "../engine/value.ts";
import type { LossInputs } from "../policy/loss.ts";
import { centred, pathCredit, rewardsOf } from "./advantage.ts";
import type { Algorithm } from "./algorithm.ts";
import { type ClipOptions, policyLoss, ppoClip, surrogate } from "./clip.ts";
import { clipFields, groupOptions, regularisation } from "./options.ts";
import { tokenMean } from "./reduction.ts";
import { meanKl, withReference } from "./reference-kl.ts";
import { whitened } from "./whiten.ts";
import { wholeGroups } from "./whole-groups.ts";

export const reinforcePlusPlusBaselineSchema = z.strictObject({
  name: z.literal("reinforce-plus-plus-baseline"),
  ...groupOptions,
  referenceKl: z
    .number()
    .min(0)
    .default(1e-3)
    .describe("β: weight of k2 to the policy the run started from, in the loss; 0: no reference."),
  clip: z.strictObject(clipFields).prefault({}),
  ...regularisation,
});

export function reinforcePlusPlusBaseline(options: z.output<typeof reinforcePlusPlusBaselineSchema>): Algorithm {
  const { klWeight, entropyBonus, referenceKl: beta } = options;
  const clip = { ...options.clip, stopGradient: false, klWeight, entropyBonus };
  const isReferred = beta > 0;
  return {
    name: "reinforce-plus-plus-baseline",
    ...(isReferred ? { needs: ["reference"], figures: (_trees, credits) => ({ referenceKl: meanKl(credits) }) } : {}),
    ...wholeGroups(options),
    keep: () => true,
    credit(trees, scores) {
      const credits = trees.map((tree) => pathCredit(tree, centred(rewardsOf(tree)), options.truncated));
      return whitened(isReferred ? credits.map((credit) => withReference(credit, scores)) : credits);
    },
    ...ppoClip(clip),
    ...(isReferred ? { loss: policyLoss("clip and k2", { ...clip, beta }, lessKl) } : {}),
    reduction: tokenMean,
  };
}

function lessKl(inputs: LossInputs, { beta, ...clip }: ClipOptions & { readonly beta: number }): Value {
  const k2 = mul(0.5, square(sub(inputs.logprobs_N, inputs.referenceLogprobs_N)));
  return sub(surrogate(inputs, clip), mul(beta, k2));
}

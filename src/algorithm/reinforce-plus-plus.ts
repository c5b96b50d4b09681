/**
 * REINFORCE++ (arXiv 2501.03262; B-RPP): no group and no critic. A token's return is r − β·Σ k1 from it to the end (γ 1), k1
 * the distance from the reference policy; then (x − mean)/std over all path-tokens of the batch. PPO clip, token mean.
 */
import { z } from "zod";
import { pathCredit, rewardsOf } from "./advantage.ts";
import type { Algorithm } from "./algorithm.ts";
import { ppoClip } from "./clip.ts";
import { clipFields, groupOptions, regularisation } from "./options.ts";
import { tokenMean } from "./reduction.ts";
import { meanKl, pathKl, withReference } from "./reference-kl.ts";
import { whitened } from "./whiten.ts";
import { wholeGroups } from "./whole-groups.ts";

export const reinforcePlusPlusSchema = z.strictObject({
  name: z.literal("reinforce-plus-plus"),
  ...groupOptions,
  referenceKl: z
    .number()
    .min(0)
    .default(1e-3)
    .describe("β: weight of k1 to the policy the run started from, in the reward of each token; 0: no reference."),
  clip: z.strictObject(clipFields).prefault({}),
  ...regularisation,
});

export function reinforcePlusPlus(options: z.output<typeof reinforcePlusPlusSchema>): Algorithm {
  const { clip, klWeight, entropyBonus, referenceKl: beta } = options;
  return {
    name: "reinforce-plus-plus",
    ...(beta === 0 ? {} : { needs: ["reference"], figures: (_trees, credits) => ({ referenceKl: meanKl(credits) }) }),
    ...wholeGroups(options),
    keep: () => true,
    credit(trees, scores) {
      const credits = trees.map((tree) => pathCredit(tree, rewardsOf(tree), options.truncated));
      if (beta === 0) return whitened(credits);
      const referred = credits.map((credit) => withReference(credit, scores));
      return whitened(referred, (path, { tree }) => returnsToGo(path.advantages, pathKl(tree, path), beta));
    },
    ...ppoClip({ ...clip, klWeight, entropyBonus }),
    reduction: tokenMean,
  };
}

/** r at the last token, −β·k1 at every one, summed from each token to the end. */
function returnsToGo(rewards: Float32Array, kl: readonly number[], beta: number): number[] {
  let toGo = 0;
  return Array.from(rewards, (reward, i) => {
    toGo += kl[rewards.length - 1 - i] ?? 0;
    return reward - beta * toGo;
  }).reverse();
}

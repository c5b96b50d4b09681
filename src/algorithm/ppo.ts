/**
 * PPO with a critic (arXiv 1707.06347; B-PPO): the baseline is a value head on the policy's trunk. The reward stands on a
 * path's last token; advantages by GAE over its trainable tokens, then (x − mean)/std over the batch. PPO clip, token mean,
 * plus the value loss; the first `criticWarmup` steps train the value head alone.
 */
import { z } from "zod";
import type { Loss } from "../policy/loss.ts";
import { pathOf } from "../rollout/path-tokens.ts";
import { groupCredit } from "./advantage.ts";
import type { Algorithm, GroupCredit } from "./algorithm.ts";
import { ppoClip } from "./clip.ts";
import { type GaeOptions, generalisedAdvantages } from "./gae.ts";
import type { PathScores } from "./needs.ts";
import { clipFields, groupOptions, regularisation } from "./options.ts";
import { tokenMean } from "./reduction.ts";
import { clippedValueLoss } from "./value-clip.ts";
import { whitened } from "./whiten.ts";
import { wholeGroups } from "./whole-groups.ts";

export const ppoSchema = z.strictObject({
  name: z.literal("ppo"),
  ...groupOptions,
  gamma: z.number().min(0).max(1).default(1).describe("γ of GAE: discount a token."),
  lambda: z.number().min(0).max(1).default(1).describe("λ of GAE: 0 trusts the next token's value, 1 the path's end."),
  clip: z.strictObject(clipFields).prefault({}),
  valueClip: z
    .number()
    .positive()
    .default(0.2)
    .describe("How far a value may move in a step before it learns no more."),
  valueCoefficient: z.number().positive().default(0.5).describe("What the value loss is multiplied with."),
  shareTrunk: z
    .boolean()
    .default(false)
    .describe("Whether the value loss trains the policy's own weights, too; false: the head reads a detached trunk."),
  criticWarmup: z.int().nonnegative().default(5).describe("Steps, the first ones, that train the value head alone."),
  criticLearningRate: z.number().positive().default(1e-3).describe("Learning rate of the value head, not scheduled."),
  ...regularisation,
});

export function ppo(options: z.output<typeof ppoSchema>): Algorithm {
  const { valueClip, valueCoefficient: coefficient, shareTrunk, klWeight, entropyBonus } = options;
  const clipped = ppoClip({ ...options.clip, klWeight, entropyBonus });
  const value = clippedValueLoss({ clip: valueClip, coefficient, shareTrunk });
  const loss: Loss = { ...clipped.loss, key: `${clipped.loss.key}, ${value.key}`, value };
  return {
    name: "ppo",
    needs: ["critic"],
    critic: { value, warmup: options.criticWarmup, learningRate: options.criticLearningRate },
    ...wholeGroups(options),
    keep: () => true,
    credit: (trees, scores) =>
      whitened(trees.map((tree) => criticCredit(groupCredit(tree, options.truncated), scores, options))),
    ...clipped,
    loss,
    reduction: tokenMean,
  };
}

/** Advantages and returns of each path from its values, which go on to the value loss. */
function criticCredit({ tree, paths }: GroupCredit, scores: PathScores, options: GaeOptions): GroupCredit {
  const valued = paths.map((credit) => {
    const path = pathOf(tree, credit.path);
    const oldValues = scores.values(tree, path);
    const rewards = new Float64Array(oldValues.length);
    rewards[rewards.length - 1] = path.reward.total;
    const { advantages, returns } = generalisedAdvantages(rewards, oldValues, options);
    const targets = { oldValues, returns: Float32Array.from(returns) };
    return { ...credit, advantages: Float32Array.from(advantages), targets };
  });
  return { tree, paths: valued };
}

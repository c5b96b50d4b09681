/**
 * DAPO (arXiv 2503.14476; B-DAPO): clip-higher, token mean, an over-long punishment added to the reward, and dynamic
 * sampling: a group of equal rewards (before the punishment) is dropped and a new question drawn for it, `maxDraws` rounds
 * at most.
 */
import { z } from "zod";
import { pathTokenIds } from "../rollout/path-tokens.ts";
import type { RolloutTree } from "../rollout/tree.ts";
import { groupAdvantages, hasSpread, moments, pathCredit } from "./advantage.ts";
import type { Algorithm, TaskTraits } from "./algorithm.ts";
import { ppoClip } from "./clip.ts";
import { clipFields, groupOptions, regularisation } from "./options.ts";
import { tokenMean } from "./reduction.ts";
import { wholeGroups } from "./whole-groups.ts";

export const dapoSchema = z.strictObject({
  name: z.literal("dapo"),
  ...groupOptions,
  clip: z.strictObject({ ...clipFields, high: clipFields.high.unwrap().default(0.28).describe("ε_h.") }).prefault({}),
  overlong: z
    .number()
    .min(0)
    .max(1)
    .default(0.2)
    .describe("L_cache / L_max: last share of the token limit over which the punishment grows to −1; 0: none."),
  maxDraws: z
    .int()
    .positive()
    .default(10)
    .describe("Rounds of questions a step at most, the first included; 1: never again."),
  ...regularisation,
});

export function dapo(options: z.output<typeof dapoSchema>, { limits }: Pick<TaskTraits, "limits">): Algorithm {
  const { clip, klWeight, entropyBonus, overlong, maxDraws } = options;
  const punishments = (tree: RolloutTree): number[] =>
    tree.paths.map(({ id }) => overlongPunishment(pathTokenIds(tree, id).ids.length, limits.tokens, overlong));
  return {
    name: "dapo",
    ...wholeGroups(options),
    keep: hasSpread,
    maxDraws,
    credit: (trees) =>
      trees.map((tree) => {
        const punished = punishments(tree);
        const rewards = tree.paths.map(({ reward }, i) => reward.total + (punished[i] ?? 0));
        return pathCredit(tree, groupAdvantages(rewards), options.truncated);
      }),
    ...ppoClip({ ...clip, klWeight, entropyBonus }),
    reduction: tokenMean,
    figures(trees) {
      const all = trees.flatMap(punishments);
      return {
        overlongShare: moments(all.map((punishment) => (punishment < 0 ? 1 : 0))).mean,
        overlongPunishment: moments(all).mean,
      };
    },
  };
}

/** 0 up to L_max − L_cache, then linear to −1 at L_max, −1 beyond; L_cache = share · L_max, none at share 0. */
export function overlongPunishment(length: number, limit: number, share: number): number {
  const cache = share * limit;
  return cache === 0 ? 0 : Math.max(-1, Math.min(0, (limit - cache - length) / cache));
}

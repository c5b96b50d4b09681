/**
 * GSPO (arXiv 2507.18071; B-GSPO): one ratio a path, the geometric mean of its tokens', s = exp(mean log δ), clipped very
 * tightly: min(s·Ã, clip(s, 1 − ε_l, 1 + ε_h)·Ã), mean over paths.
 */
import { z } from "zod";
import { groupCredit, hasSpread } from "./advantage.ts";
import type { Algorithm } from "./algorithm.ts";
import { clipFields, groupOptions, regularisation } from "./options.ts";
import { sequenceMean } from "./reduction.ts";
import { sequenceClip } from "./sequence-clip.ts";
import { wholeGroups } from "./whole-groups.ts";

export const gspoSchema = z.strictObject({
  name: z.literal("gspo"),
  ...groupOptions,
  clip: z
    .strictObject({
      low: clipFields.low.unwrap().default(3e-4).describe("ε_l."),
      high: clipFields.high.unwrap().default(4e-4).describe("ε_h."),
    })
    .prefault({}),
  ...regularisation,
});

export function gspo(options: z.output<typeof gspoSchema>): Algorithm {
  const { clip, klWeight, entropyBonus } = options;
  return {
    name: "gspo",
    ...wholeGroups(options),
    keep: hasSpread,
    credit: (trees) => trees.map((tree) => groupCredit(tree, options.truncated)),
    ...sequenceClip({ ...clip, klWeight, entropyBonus, pool: "mean" }),
    reduction: sequenceMean,
  };
}

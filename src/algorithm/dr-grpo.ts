/**
 * Dr. GRPO (arXiv 2503.20783; B-DRGRPO): GRPO without its two divisions. The advantage is r − mean r, not over std; the sum
 * over a path's tokens is divided by a constant, L_max (the token limit of the task), not by its own length.
 */
import { z } from "zod";
import { centred, hasSpread, pathCredit, rewardsOf } from "./advantage.ts";
import type { Algorithm, TaskTraits } from "./algorithm.ts";
import { ppoClip } from "./clip.ts";
import { clipFields, groupOptions, regularisation } from "./options.ts";
import { constantLength } from "./reduction.ts";
import { wholeGroups } from "./whole-groups.ts";

export const drGrpoSchema = z.strictObject({
  name: z.literal("dr-grpo"),
  ...groupOptions,
  clip: z.strictObject(clipFields).prefault({}),
  ...regularisation,
});

export function drGrpo(options: z.output<typeof drGrpoSchema>, { limits }: Pick<TaskTraits, "limits">): Algorithm {
  const { clip, klWeight, entropyBonus } = options;
  return {
    name: "dr-grpo",
    ...wholeGroups(options),
    keep: hasSpread,
    credit: (trees) => trees.map((tree) => pathCredit(tree, centred(rewardsOf(tree)), options.truncated)),
    ...ppoClip({ ...clip, klWeight, entropyBonus }),
    reduction: constantLength(limits.tokens),
  };
}

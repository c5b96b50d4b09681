/** GRPO (arXiv 2402.03300; B-GRPO): k whole rollouts, group-normalised advantage, PPO clip, sequence mean. */
import { z } from "zod";
import { groupCredit, hasSpread } from "./advantage.ts";
import type { Algorithm } from "./algorithm.ts";
import { ppoClip } from "./clip.ts";
import { clipFields, groupOptions, regularisation } from "./options.ts";
import { sequenceMean } from "./reduction.ts";
import { wholeGroups } from "./whole-groups.ts";

export const grpoSchema = z.strictObject({
  name: z.literal("grpo"),
  ...groupOptions,
  clip: z.strictObject(clipFields).prefault({}),
  ...regularisation,
});

export function grpo(options: z.output<typeof grpoSchema>): Algorithm {
  const { clip, klWeight, entropyBonus } = options;
  return {
    name: "grpo",
    ...wholeGroups(options),
    keep: hasSpread,
    credit: (trees) => trees.map((tree) => groupCredit(tree, options.truncated)),
    ...ppoClip({ ...clip, klWeight, entropyBonus }),
    reduction: sequenceMean,
  };
}

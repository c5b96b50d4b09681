/**
 * Random branching (B-RAND), the control of the branch rules: as ARPO, but each decision with budget left branches with
 * probability `branch.rate`, whatever the entropy. Give it the share of decisions that branched in the run it is paired with.
 */
import { z } from "zod";
import { groupCredit, hasSpread } from "./advantage.ts";
import type { Algorithm, DefaultWindow } from "./algorithm.ts";
import { halfRoots, windowOf } from "./branching.ts";
import { ppoClip } from "./clip.ts";
import { branchFields, clipFields, groupOptions, regularisation, treeOptions } from "./options.ts";
import { tokenMean } from "./reduction.ts";

const RATE_NEEDED = "needs rate, the share of decisions that branch (B-RAND): above 0, at most 1";

export const randomBranchingSchema = z.strictObject({
  name: z.literal("random-branching"),
  ...groupOptions,
  order: treeOptions.order,
  branch: z.strictObject(
    {
      rate: z
        .number({ error: RATE_NEEDED })
        .gt(0, { error: RATE_NEEDED })
        .max(1, { error: RATE_NEEDED })
        .describe("Probability that a decision with budget left branches (required)."),
      width: branchFields.width,
    },
    { error: ({ input }) => (input === undefined ? RATE_NEEDED : undefined) },
  ),
  clip: z.strictObject(clipFields).prefault({}),
  ...regularisation,
});

export function randomBranching(options: z.output<typeof randomBranchingSchema>, window: DefaultWindow): Algorithm {
  const { groupSize, branch, klWeight, entropyBonus } = options;
  return {
    name: "random-branching",
    growth: {
      groupSize,
      probe: "none",
      budget: () => halfRoots(groupSize),
      // The draw is the step's own: a stream named by seed, training step, question, path and tool step.
      branchProbability: () => branch.rate,
      decision: { kind: "sample" },
      width: branch.width,
      order: options.order,
      // Measured for the figures; no decision reads it.
      ...windowOf({}, window),
    },
    entropyScale: "nats",
    keep: hasSpread,
    credit: (trees) => trees.map((tree) => groupCredit(tree, options.truncated)),
    ...ppoClip({ ...options.clip, klWeight, entropyBonus }),
    reduction: tokenMean,
    updates: options.updates,
    minibatch: options.minibatch,
    mechanisms: { premonitor: false, branching: true, penalty: false, stopGradient: false, entropyAdvantage: false },
  };
}

/**
 * ARPO (arXiv 2507.19849; B-ARPO): half the rollouts whole, the rest branched where entropy rose after a tool result; no
 * penalty. `soft`: every path-token has its own path's advantage; `hard`: a shared token has the mean over its paths.
 */
import { z } from "zod";
import { groupCredit, hasSpread } from "./advantage.ts";
import type { Algorithm, DefaultWindow } from "./algorithm.ts";
import { branchProbability, halfRoots, windowOf } from "./branching.ts";
import { ppoClip } from "./clip.ts";
import {
  branchFields,
  clipFields,
  DEFAULT_THRESHOLD,
  groupOptions,
  regularisation,
  THRESHOLD_ISSUE,
  thresholdHasEffect,
  treeOptions,
} from "./options.ts";
import { tokenMean } from "./reduction.ts";
import { sharedMean } from "./shared-mean.ts";

export const arpoSchema = z
  .strictObject({
    name: z.literal("arpo"),
    ...groupOptions,
    ...treeOptions,
    branch: z.strictObject(branchFields).prefault({}),
    clip: z.strictObject(clipFields).prefault({}),
    advantage: z.enum(["soft", "hard"]).default("soft").describe("Credit of shared tokens."),
    ...regularisation,
  })
  .refine(thresholdHasEffect, THRESHOLD_ISSUE);

export function arpo(options: z.output<typeof arpoSchema>, window: DefaultWindow): Algorithm {
  const { groupSize, branch, klWeight, entropyBonus } = options;
  const threshold = branch.threshold ?? DEFAULT_THRESHOLD;
  return {
    name: "arpo",
    growth: {
      groupSize,
      probe: "none",
      budget: () => halfRoots(groupSize),
      branchProbability: ({ deltaEntropy }) => branchProbability(deltaEntropy, 0, { ...branch, penalty: 0 }),
      decision: options.decision === "sample" ? { kind: "sample" } : { kind: "threshold", threshold },
      width: branch.width,
      order: options.order,
      ...windowOf(options, window),
    },
    entropyScale: options.entropyScale,
    keep: hasSpread,
    credit(trees) {
      const credits = trees.map((tree) => groupCredit(tree, options.truncated));
      return options.advantage === "hard" ? credits.map(sharedMean) : credits;
    },
    ...ppoClip({ ...options.clip, klWeight, entropyBonus }),
    reduction: tokenMean,
    updates: options.updates,
    minibatch: options.minibatch,
    mechanisms: { premonitor: false, branching: true, penalty: false, stopGradient: false, entropyAdvantage: false },
  };
}

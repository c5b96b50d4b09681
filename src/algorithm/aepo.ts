/**
 * AEPO (arXiv 2510.14545): entropy balanced in the rollout (how many roots, AEPO-R1; where to branch, AEPO-R3) and in the
 * update (the clip that keeps exploring gradients, AEPO-L3; credit weighed by entropy, AEPO-L2).
 */
import { z } from "zod";
import { entropyAware, groupCredit, hasSpread } from "./advantage.ts";
import type { Algorithm, DefaultWindow } from "./algorithm.ts";
import { branchProbability, windowOf } from "./branching.ts";
import { clippedLoss, gradientFactor } from "./clip.ts";
import { microBatchFactors, microBatchMean } from "./micro-batch.ts";
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
import { branchContradictions, departuresOf, releasedBranchFields, releasedTreeOptions } from "./released-branch.ts";
import { budgetSchema, globalRollouts, probeOf } from "./premonitoring.ts";
import { releasedUpdate, updateContradictions } from "./released-update.ts";

export const aepoSchema = z
  .strictObject({
    name: z.literal("aepo"),
    ...groupOptions,
    ...treeOptions,
    ...releasedTreeOptions,
    budget: budgetSchema.prefault({}),
    branch: z
      .strictObject({
        ...branchFields,
        ...releasedBranchFields,
        penalty: z.number().min(0).default(0.05).describe("λ: penalty a consecutive branch."),
      })
      .prefault({}),
    clip: z
      .strictObject({
        ...clipFields,
        stopGradient: z.boolean().default(true).describe("AEPO-L3; false: PPO's clip."),
        dual: releasedUpdate.dual,
      })
      .prefault({}),
    advantage: z
      .strictObject({
        entropyWeight: z.number().min(0).default(0.2).describe("a of AEPO-L2; 0 switches it off."),
        entropyEstimate: z
          .literal("surprisal")
          .optional()
          .describe(
            "AEPO-H4: weigh by −log p of the tokens drawn, on an engine that knows no entropies: that depends on the action and biases the gradient.",
          ),
        statistics: releasedUpdate.statistics,
      })
      .prefault({}),
    microBatch: releasedUpdate.microBatch,
    ...regularisation,
  })
  .refine(thresholdHasEffect, THRESHOLD_ISSUE)
  .check(({ value, issues }) => {
    for (const [path, message] of [...branchContradictions(value), ...updateContradictions(value)]) {
      issues.push({ code: "custom", input: value, path, message });
    }
  });

export function aepo(options: z.output<typeof aepoSchema>, window: DefaultWindow): Algorithm {
  const { groupSize, budget, branch, advantage, microBatch, klWeight, entropyBonus } = options;
  const { dual, ...bounds } = options.clip;
  const clip = { ...bounds, ...(dual === undefined ? {} : { dual }), klWeight, entropyBonus };
  const a = advantage.entropyWeight;
  return {
    name: "aepo",
    growth: {
      groupSize,
      probe: probeOf(budget),
      budget: (measured) => globalRollouts(groupSize, budget, measured),
      branchProbability: ({ deltaEntropy, consecutive, noise = 0 }) =>
        branchProbability(deltaEntropy, consecutive, {
          ...branch,
          base: branch.base === "uniform" ? noise : branch.base,
        }),
      decision:
        options.decision === "sample"
          ? { kind: "sample" }
          : { kind: "threshold", threshold: branch.threshold ?? DEFAULT_THRESHOLD },
      width: branch.width,
      order: options.order,
      ...windowOf(options, window),
      ...departuresOf(options),
    },
    entropyScale: options.entropyScale,
    keep: hasSpread,
    credit: (trees) =>
      trees.map((tree) => {
        const credit = groupCredit(tree, options.truncated);
        return a === 0 || advantage.statistics === "microBatch" ? credit : entropyAware(credit, a);
      }),
    ...(advantage.statistics === "microBatch" && microBatch !== undefined
      ? { dealt: (groups) => microBatchFactors(groups, microBatch, a) }
      : {}),
    ...(advantage.entropyEstimate === "surprisal" ? { acceptsSurprisal: true } : {}),
    loss: clippedLoss(clip),
    clip,
    gradientFactor: (ratio, value) => gradientFactor(ratio, value, clip),
    reduction: microBatch === undefined ? tokenMean : microBatchMean(microBatch),
    updates: options.updates,
    minibatch: options.minibatch,
    mechanisms: {
      premonitor: budget.premonitor,
      branching: true,
      penalty: branch.penalty > 0,
      stopGradient: clip.stopGradient,
      entropyAdvantage: a > 0,
    },
  };
}

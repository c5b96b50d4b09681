/**
 * AEPO (arXiv 2510.14545): entropy balanced in the rollout (how many roots, AEPO-R1; where to branch, AEPO-R3) and in the
 * update (the clip that keeps exploring gradients, AEPO-L3; credit weighed by entropy, AEPO-L2).
 */
import { z } from "zod";
import { mean } from "../rollout/entropy.ts";
import { entropyAware, groupCredit, hasSpread } from "./advantage.ts";
import type { Algorithm, DefaultWindow } from "./algorithm.ts";
import { branchProbability, halfRoots, monitoredRoots, windowOf } from "./branching.ts";
import { clippedLoss, gradientFactor } from "./clip.ts";
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

const budgetSchema = z
  .strictObject({
    premonitor: z.boolean().default(true).describe("AEPO-R1: measure a probe before the budget is split."),
    sensitivity: z.number().optional().describe("β (default 0.5)."),
    probe: z.enum(["keep", "discard"]).optional().describe("The probe is the first global rollout, or thrown away."),
  })
  .refine((options) => options.premonitor || (options.sensitivity === undefined && options.probe === undefined), {
    message: "sensitivity and probe have no effect when premonitor is false",
    path: ["premonitor"],
  });

export const aepoSchema = z
  .strictObject({
    name: z.literal("aepo"),
    ...groupOptions,
    ...treeOptions,
    budget: budgetSchema.prefault({}),
    branch: z
      .strictObject({
        ...branchFields,
        penalty: z.number().min(0).default(0.05).describe("λ: penalty a consecutive branch."),
      })
      .prefault({}),
    clip: z
      .strictObject({ ...clipFields, stopGradient: z.boolean().default(true).describe("AEPO-L3; false: PPO's clip.") })
      .prefault({}),
    advantage: z
      .strictObject({ entropyWeight: z.number().min(0).default(0.2).describe("a of AEPO-L2; 0 switches it off.") })
      .prefault({}),
    ...regularisation,
  })
  .refine(thresholdHasEffect, THRESHOLD_ISSUE);

const DEFAULT_SENSITIVITY = 0.5;

export function aepo(options: z.output<typeof aepoSchema>, window: DefaultWindow): Algorithm {
  const { groupSize, budget, branch, advantage, klWeight, entropyBonus } = options;
  const clip = { ...options.clip, klWeight, entropyBonus };
  const probe = budget.premonitor ? (budget.probe ?? "keep") : "none";
  return {
    name: "aepo",
    growth: {
      groupSize,
      probe,
      budget(measured) {
        if (!budget.premonitor) return halfRoots(groupSize);
        if (measured === null || measured.toolEntropies.length === 0) return groupSize;
        const beta = budget.sensitivity ?? DEFAULT_SENSITIVITY;
        const least = probe === "discard" ? 1 : 2;
        return monitoredRoots(groupSize, beta, measured.rootEntropy, mean(measured.toolEntropies), least);
      },
      branchProbability: ({ deltaEntropy, consecutive }) => branchProbability(deltaEntropy, consecutive, branch),
      decision:
        options.decision === "sample"
          ? { kind: "sample" }
          : { kind: "threshold", threshold: branch.threshold ?? DEFAULT_THRESHOLD },
      width: branch.width,
      order: options.order,
      ...windowOf(options, window),
    },
    entropyScale: options.entropyScale,
    keep: hasSpread,
    credit: (trees) =>
      trees.map((tree) => {
        const credit = groupCredit(tree, options.truncated);
        return advantage.entropyWeight === 0 ? credit : entropyAware(credit, advantage.entropyWeight);
      }),
    loss: clippedLoss(clip),
    clip,
    gradientFactor: (ratio, value) => gradientFactor(ratio, value, clip),
    reduction: tokenMean,
    updates: options.updates,
    minibatch: options.minibatch,
    mechanisms: {
      premonitor: budget.premonitor,
      branching: true,
      penalty: branch.penalty > 0,
      stopGradient: clip.stopGradient,
      entropyAdvantage: advantage.entropyWeight > 0,
    },
  };
}

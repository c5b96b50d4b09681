/**
 * Options of the algorithms: every symbol of the specification is a field with its symbol in the description. Each
 * algorithm's schema holds only what acts in it, so a value that would have no effect is an unknown key.
 */
import { z } from "zod";

export const groupOptions = {
  groupSize: z.int().min(2).default(16).describe("k: rollouts a question."),
  updates: z.int().positive().default(8).describe("Optimiser steps a rollout batch (AEPO-L7)."),
  minibatch: z
    .enum(["paths", "trees"])
    .default("paths")
    .describe("Deal paths over the updates, mixing questions, or keep each question whole (AEPO-L7)."),
  truncated: z
    .enum(["train", "mask"])
    .default("train")
    .describe("Paths cut by a limit: trained like any other, or left out of the loss (AEPO-R6, L1)."),
};

const window = {
  entropyTokens: z.int().positive().optional().describe("AEPO-H2: tokens of the entropy window (default: the task's)."),
  entropySkip: z.int().nonnegative().optional().describe("AEPO-H2: tokens skipped before it (default: the task's)."),
};

export const treeOptions = {
  ...window,
  entropyScale: z
    .enum(["nats", "logV", "spread"])
    .default("nats")
    .describe("AEPO-H5: unit of entropy differences in the budget and the branch probability."),
  order: z
    .enum(["synchronous", "depthFirst"])
    .default("synchronous")
    .describe("AEPO-R9: who gets the slots; named beside every figure."),
  decision: z
    .enum(["threshold", "sample"])
    .default("threshold")
    .describe("AEPO-R4: branch if P > threshold, or if a uniform draw is below P."),
};

export const branchFields = {
  base: z.number().min(0).max(1).default(0.5).describe("α: branch probability at ΔH = 0."),
  entropyWeight: z.number().default(0.2).describe("γ: branch probability a unit of ΔH."),
  threshold: z.number().min(0).max(1).optional().describe("τ: branch if P is above it (default 0.5)."),
  width: z.int().positive().default(1).describe("Z: new paths at a step that branches."),
};

export const clipFields = {
  low: z.number().min(0).max(1).default(0.2).describe("ε_l."),
  high: z.number().min(0).default(0.2).describe("ε_h."),
};

export const regularisation = {
  klWeight: z.number().min(0).default(0).describe("Weight of a k3 KL term to the rollout policy in the loss; 0: none."),
  entropyBonus: z.number().min(0).default(0).describe("Weight of the policy's entropy in the objective; 0: none."),
};

/** "A value without effect is an error": τ with sampled decisions. */
export function thresholdHasEffect(options: {
  readonly decision: string;
  readonly branch: { readonly threshold?: number | undefined };
}): boolean {
  return options.decision === "threshold" || options.branch.threshold === undefined;
}

export const THRESHOLD_ISSUE = {
  message: "threshold has no effect when decision is sample",
  path: ["branch", "threshold"],
};

export const DEFAULT_THRESHOLD = 0.5;

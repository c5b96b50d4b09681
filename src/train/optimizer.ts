/** Options of the optimiser and its learning-rate schedule: pure functions from a step to a rate. */
import { z } from "zod";
import { cosineDecay, linearDecay } from "../engine/optim/schedule.ts";
import type { OptimizerStep } from "../policy/policy.ts";

export const optimizerSchema = z
  .strictObject({
    learningRate: z.number().positive().describe("Peak learning rate of AdamW."),
    beta1: z.number().min(0).lt(1).default(0.9).describe("Decay of the first moment."),
    beta2: z.number().min(0).lt(1).default(0.999).describe("Decay of the second moment."),
    epsilon: z.number().positive().default(1e-8).describe("Added to the root of the second moment."),
    weightDecay: z.number().min(0).default(0).describe("Decoupled weight decay; norms are never decayed."),
    maxGradientNorm: z.number().positive().nullable().default(1).describe("Global-norm clipping; null: none."),
    warmup: z.number().min(0).max(1).default(0).describe("Share of the steps over which the rate rises from 0."),
    decay: z.number().min(0).max(1).default(0).describe("Share of the steps, the last ones, over which it falls to 0."),
    shape: z.enum(["linear", "cosine"]).optional().describe("How it falls; only with decay > 0 (default linear)."),
  })
  .refine((options) => options.warmup + options.decay <= 1, {
    message: "warmup and decay overlap: their sum must be at most 1",
    path: ["decay"],
  })
  .refine((options) => options.shape === undefined || options.decay > 0, {
    message: "shape has no effect when decay is 0",
    path: ["shape"],
  });
export type OptimizerOptions = z.output<typeof optimizerSchema>;

/** Learning rate of step `index` (from 0) of `total`. */
export function learningRateAt(options: OptimizerOptions, index: number, total: number): number {
  const { learningRate: peak, warmup, decay, shape } = options;
  const schedule = shape === "cosine" ? cosineDecay : linearDecay;
  return schedule({ peak, steps: total, warmup, decay })(index);
}

export function optimizerStep(options: OptimizerOptions, learningRate: number): OptimizerStep {
  const { beta1, beta2, epsilon, weightDecay, maxGradientNorm } = options;
  const largest = maxGradientNorm ?? Number.POSITIVE_INFINITY;
  return { learningRate, beta1, beta2, epsilon, weightDecay, maxGradientNorm: largest };
}

/** Settings of an optimiser step before they are sent or used. */
import { AepoError } from "../std/errors.ts";
import type { AdamParams } from "./in-memory.ts";

export function checkAdam(adam: AdamParams): void {
  const { learningRate, beta1, beta2, epsilon, weightDecay, maxGradientNorm } = adam;
  const wrong = [
    ["learning_rate", learningRate, learningRate >= 0 && Number.isFinite(learningRate), "a number of at least 0"],
    ["beta1", beta1, beta1 >= 0 && beta1 < 1, "a number of at least 0 and below 1"],
    ["beta2", beta2, beta2 >= 0 && beta2 < 1, "a number of at least 0 and below 1"],
    ["eps", epsilon, epsilon > 0 && Number.isFinite(epsilon), "a number above 0"],
    ["weight_decay", weightDecay, weightDecay >= 0 && Number.isFinite(weightDecay), "a number of at least 0"],
    ["grad_clip_norm", maxGradientNorm, maxGradientNorm > 0, "a number above 0, or none: never clip"],
  ] as const;
  for (const [name, value, good, expected] of wrong)
    if (!good) throw new AepoError("policy", `adam_params: ${name} is ${value}`, { expected });
}

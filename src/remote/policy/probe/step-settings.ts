/** Settings of a step that a server would ignore: what bounds a gradient must not be silently without effect, the rest is told. */
import type { OptimizerStep } from "../../../policy/policy.ts";
import { AepoError } from "../../../std/errors.ts";
import type { OptimizerEffects } from "./optimizer-effects.ts";

/** Throws where clipping was asked for and is not done. */
export function checkClipping({ maxGradientNorm }: OptimizerStep, effects: OptimizerEffects | null): void {
  if (maxGradientNorm === Number.POSITIVE_INFINITY || effects === null || effects.maxGradientNorm === true) return;
  throw new AepoError("config", "the server does not clip gradients: optimizer.maxGradientNorm would have no effect", {
    exists: `optimizer.maxGradientNorm ${maxGradientNorm}`,
    fix: "set optimizer.maxGradientNorm to null (some servers clip by settings of their own: look there)",
  });
}

/** One sentence, or null if the server takes what is asked for. */
export function ignoredSettings(step: OptimizerStep, effects: OptimizerEffects | null): string | null {
  if (effects === null) {
    return "the server reports no gradient norm, so whether it takes optimizer.epsilon, beta1, beta2, weightDecay and maxGradientNorm was not looked at";
  }
  const ignored = [
    effects.epsilon ? [] : [`epsilon ${step.epsilon}`],
    effects.betas === false ? [`beta1 ${step.beta1}`, `beta2 ${step.beta2}`] : [],
    effects.weightDecay === false ? [`weightDecay ${step.weightDecay}`] : [],
  ].flat();
  if (ignored.length === 0) return null;
  const unseen = effects.betas === null ? ", so that what it makes of beta1, beta2 and weightDecay cannot be seen" : "";
  return `the server steps with settings of its own and ignores optimizer.${ignored.join(", optimizer.")}${unseen}`;
}

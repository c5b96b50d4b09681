/**
 * Clipped policy losses as graph expressions over path-tokens, and the gradient factor F they imply, for tests and figures.
 * AEPO-L3: min(δ·Ã, clip(δ, 1 − ε_l, ((1 + ε_h)/sg(δ))·δ)·Ã); without the stop-gradient it is PPO's clip.
 */
import {
  add,
  clampStraightThrough,
  div,
  exp,
  maximum,
  minimum,
  mul,
  neg,
  scalar,
  stopGradient,
  sub,
  sum,
} from "../engine/ops.ts";
import type { Value } from "../engine/value.ts";
import type { Loss, LossInputs } from "../policy/loss.ts";

export interface ClipOptions {
  /** ε_l and ε_h. */
  readonly low: number;
  readonly high: number;
  /** AEPO-L3: keep the gradient above the clip, bounded at 1 + ε_h. */
  readonly stopGradient: boolean;
  /** Weight of a k3 estimate of KL(π_θ ‖ π_old): e^{−x} − 1 + x with x = log δ. */
  readonly klWeight: number;
  readonly entropyBonus: number;
}

/** log δ is clamped to ±20 before the exponential, straight through. */
export const LOG_RATIO_BOUND = 20;

/** −Σ weight · objective: the weights are the reduction (AEPO-L4). */
export function clippedLoss(options: ClipOptions): Loss {
  return {
    key: `clip ${JSON.stringify(options)}`,
    build(inputs) {
      const objective = add(surrogate(inputs, options), regularisers(inputs, options));
      return neg(sum(mul(inputs.weights_N, objective), [0]));
    },
  };
}

function surrogate(
  { logprobs_N, oldLogprobs_N, advantages_N }: LossInputs,
  { low, high, ...options }: ClipOptions,
): Value {
  const delta = exp(clampStraightThrough(sub(logprobs_N, oldLogprobs_N), -LOG_RATIO_BOUND, LOG_RATIO_BOUND));
  const ceiling = options.stopGradient ? mul(div(1 + high, stopGradient(delta)), delta) : scalar(1 + high);
  const clipped = minimum(maximum(delta, 1 - low), ceiling);
  return minimum(mul(delta, advantages_N), mul(clipped, advantages_N));
}

function regularisers(inputs: LossInputs, { klWeight, entropyBonus }: ClipOptions): Value {
  const x = clampStraightThrough(sub(inputs.logprobs_N, inputs.oldLogprobs_N), -LOG_RATIO_BOUND, LOG_RATIO_BOUND);
  const kl = klWeight === 0 ? scalar(0) : mul(-klWeight, sub(exp(neg(x)), sub(1, x)));
  return entropyBonus === 0 ? kl : add(kl, mul(entropyBonus, inputs.entropies_N));
}

/** δ as the loss has it, on the host. */
export function clampedRatio(ratio: number): number {
  return Math.exp(Math.max(-LOG_RATIO_BOUND, Math.min(LOG_RATIO_BOUND, Math.log(ratio))));
}

/**
 * F of AEPO-L3 for one path-token, from the unclamped ratio: the gradient is F · Ã · ∇log π.
 * F = 1 + ε_h above the clip with Ã > 0 (0 without the stop-gradient), 0 below it with Ã < 0, δ otherwise.
 */
export function gradientFactor(ratio: number, advantage: number, options: ClipOptions): number {
  const delta = clampedRatio(ratio);
  if (delta > 1 + options.high && advantage > 0) return options.stopGradient ? 1 + options.high : 0;
  return delta < 1 - options.low && advantage < 0 ? 0 : delta;
}

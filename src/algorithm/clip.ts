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
import type { Algorithm } from "./algorithm.ts";

export interface ClipOptions {
  /** ε_l and ε_h. */
  readonly low: number;
  readonly high: number;
  /** AEPO-L3: keep the gradient above the clip, bounded at 1 + ε_h. */
  readonly stopGradient: boolean;
  /** Dual clip c > 1 (released code: 3): min(−Ã·c, ·) of the loss where Ã < 0, so a token of a bad path cannot pull without bound. */
  readonly dual?: number;
  /** Weight of a k3 estimate of KL(π_θ ‖ π_old): e^{−x} − 1 + x with x = log δ. */
  readonly klWeight: number;
  readonly entropyBonus: number;
}

/** log δ is clamped to ±20 before the exponential, straight through. */
export const LOG_RATIO_BOUND = 20;

/** Terms that are added to the objective, whatever the surrogate. */
export type Regularisation = Pick<ClipOptions, "klWeight" | "entropyBonus">;

/** −Σ weight · (surrogate + regularisers): the weights are the reduction (AEPO-L4). `options`: every constant in it. */
export function policyLoss<Options extends Regularisation>(
  name: string,
  options: Options,
  surrogate: (inputs: LossInputs, options: Options) => Value,
): Loss {
  return {
    key: `${name} ${JSON.stringify(options)}`,
    build(inputs) {
      const objective = add(surrogate(inputs, options), regularisers(inputs, options));
      return neg(sum(mul(inputs.weights_N, objective), [0]));
    },
  };
}

export function clippedLoss(options: ClipOptions): Loss {
  return policyLoss("clip", options, surrogate);
}

/** PPO's clip, min(δ·Ã, clip(δ, 1 − ε_l, 1 + ε_h)·Ã), for a record. */
export function ppoClip(
  options: Omit<ClipOptions, "stopGradient">,
): Pick<Algorithm, "loss" | "clip" | "gradientFactor"> {
  const clip = { ...options, stopGradient: false };
  return {
    loss: clippedLoss(clip),
    clip,
    gradientFactor: (ratio, advantage) => gradientFactor(ratio, advantage, clip),
  };
}

/** log δ of every path-token. */
export function logRatios({ logprobs_N, oldLogprobs_N }: LossInputs): Value {
  return clampedLogRatio(sub(logprobs_N, oldLogprobs_N));
}

/** log δ, or a sum of them, clamped so that its exponential is finite; the gradient passes. */
export function clampedLogRatio(x: Value): Value {
  return clampStraightThrough(x, -LOG_RATIO_BOUND, LOG_RATIO_BOUND);
}

export function surrogate(
  inputs: LossInputs,
  { low, high, ...options }: Omit<ClipOptions, keyof Regularisation>,
): Value {
  const { advantages_N } = inputs;
  const delta = exp(logRatios(inputs));
  const ceiling = options.stopGradient ? mul(div(1 + high, stopGradient(delta)), delta) : scalar(1 + high);
  const clipped = minimum(maximum(delta, 1 - low), ceiling);
  const objective = minimum(mul(delta, advantages_N), mul(clipped, advantages_N));
  // Where Ã ≥ 0 the objective is not below 0, and the bound is 0.
  return options.dual === undefined ? objective : maximum(objective, mul(options.dual, minimum(advantages_N, 0)));
}

function regularisers(inputs: LossInputs, { klWeight, entropyBonus }: Regularisation): Value {
  const x = logRatios(inputs);
  const kl = klWeight === 0 ? scalar(0) : mul(-klWeight, sub(exp(neg(x)), sub(1, x)));
  return entropyBonus === 0 ? kl : add(kl, mul(entropyBonus, inputs.entropies_N));
}

/** δ as the loss has it, on the host. */
export function clampedRatio(ratio: number): number {
  return Math.exp(clampedLog(Math.log(ratio)));
}

export function clampedLog(x: number): number {
  return Math.max(-LOG_RATIO_BOUND, Math.min(LOG_RATIO_BOUND, x));
}

/**
 * F of AEPO-L3 for one path-token, from the unclamped ratio: the gradient is F · Ã · ∇log π.
 * F = 1 + ε_h above the clip with Ã > 0 (0 without the stop-gradient), 0 below it with Ã < 0 (and above a
 * dual clip), δ otherwise.
 */
export function gradientFactor(ratio: number, advantage: number, options: ClipOptions): number {
  const delta = clampedRatio(ratio);
  if (delta > 1 + options.high && advantage > 0) return options.stopGradient ? 1 + options.high : 0;
  if (advantage >= 0) return delta;
  return delta < 1 - options.low || delta > (options.dual ?? Number.POSITIVE_INFINITY) ? 0 : delta;
}

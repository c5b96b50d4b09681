/**
 * The protocol's losses. Each is written once as a graph that the engine differentiates and once as numbers, for the
 * loss of each token that is reported. Thresholds are data of a token, not constants of a graph: a client that varies them
 * compiles nothing. With w weight, A advantage and r = exp(log-probability − that of the sampler):
 *   cross_entropy  −w·log π · importance_sampling  −w·r·A · ppo  −w·min(r·A, clip(r)·A) · cispo  −w·sg(clip(r))·A·log π
 */
import { exp, maximum, minimum, mul, neg, stopGradient, sub, sum } from "../../engine/ops.ts";
import type { Value } from "../../engine/value.ts";
import type { Loss, LossInputs } from "../../policy/loss.ts";
import type { TokenLoss } from "../../protocol/losses.ts";
import type { TargetTerms } from "./datum-tree.ts";

/** What a loss reads of a target. */
export interface Target {
  readonly weight: number;
  readonly advantage: number;
  /** Log-probability under the policy that sampled it. */
  readonly oldLogprob: number;
  readonly clipLow: number;
  readonly clipHigh: number;
}

export interface ServedLoss {
  readonly loss: Loss;
  /** What the graph reads; `weight` is of the graph, which knows the reduction. */
  terms(target: Target, weight: number): Terms;
  /** The loss of one token at a log-probability. */
  value(target: Target, logprob: number): number;
}

interface Terms {
  readonly weight: number;
  readonly advantage: number;
  readonly reference: number;
}

const ratios = ({ logprobs_N, oldLogprobs_N }: LossInputs): Value => exp(sub(logprobs_N, oldLogprobs_N));
const summed = (x_N: Value, weights_N: Value): Value => neg(sum(mul(x_N, weights_N), [0]));
const clip = (ratio: number, { clipLow, clipHigh }: Target): number => Math.min(Math.max(ratio, clipLow), clipHigh);
const ratioOf = ({ oldLogprob }: Target, logprob: number): number => Math.exp(logprob - oldLogprob);

const crossEntropy: ServedLoss = {
  loss: {
    key: "tinker cross_entropy",
    build: ({ logprobs_N, weights_N }) => summed(logprobs_N, weights_N),
  },
  terms: (_, weight) => ({ weight, advantage: 0, reference: 0 }),
  value: ({ weight }, logprob) => -weight * logprob,
};

const importanceSampling: ServedLoss = {
  loss: {
    key: "tinker importance_sampling",
    build: (inputs) => summed(mul(ratios(inputs), inputs.advantages_N), inputs.weights_N),
  },
  terms: ({ advantage }, weight) => ({ weight, advantage, reference: 0 }),
  value: (target, logprob) => -target.weight * ratioOf(target, logprob) * target.advantage,
};

/** Of the two thresholds only one can be reached: the upper one of a token that is to become more likely, else the lower. */
const ppo: ServedLoss = {
  loss: {
    key: "tinker ppo",
    build: (inputs) => {
      const { advantages_N, referenceLogprobs_N: bounds_N, weights_N } = inputs;
      const term_N = minimum(mul(ratios(inputs), advantages_N), mul(bounds_N, advantages_N));
      return summed(term_N, weights_N);
    },
  },
  terms: ({ advantage, clipLow, clipHigh }, weight) => ({
    weight,
    advantage,
    reference: advantage >= 0 ? clipHigh : clipLow,
  }),
  value: (target, logprob) => {
    const ratio = ratioOf(target, logprob);
    return -target.weight * Math.min(ratio * target.advantage, clip(ratio, target) * target.advantage);
  },
};

/** Both thresholds matter; the advantage is part of the weight. */
const cispo: ServedLoss = {
  loss: {
    key: "tinker cispo",
    build: (inputs) => {
      const { logprobs_N, advantages_N: high_N, referenceLogprobs_N: low_N, weights_N } = inputs;
      const factor_N = stopGradient(minimum(maximum(ratios(inputs), low_N), high_N));
      return summed(mul(factor_N, logprobs_N), weights_N);
    },
  },
  terms: ({ advantage, clipLow, clipHigh }, weight) => ({
    weight: weight * advantage,
    advantage: clipHigh,
    reference: clipLow,
  }),
  value: (target, logprob) => -target.weight * clip(ratioOf(target, logprob), target) * target.advantage * logprob,
};

export const LOSSES: Readonly<Record<TokenLoss, ServedLoss>> = {
  cross_entropy: crossEntropy,
  importance_sampling: importanceSampling,
  ppo,
  cispo,
};

/** How the losses of tokens become one: added up, or as SkyRL's JAX backend does, the mean of each sequence's weighted mean. */
export type Reduction = "sum" | "mean";

/** What the engine reads of a datum's targets. The mean over sequences is left to the step, which knows their number. */
export function targetTerms(loss: ServedLoss, targets: readonly Target[], reduction: Reduction): TargetTerms {
  const total = targets.reduce((sum, { weight }) => sum + weight, 0);
  const divisor = reduction === "sum" ? 1 : Math.max(total, 1e-9);
  const terms = targets.map((target) => loss.terms(target, target.weight / divisor));
  return {
    weights: Float32Array.from(terms, ({ weight }) => weight),
    advantages: Float32Array.from(terms, ({ advantage }) => advantage),
    oldLogprobs: Float32Array.from(targets, ({ oldLogprob }) => oldLogprob),
    referenceLogprobs: Float32Array.from(terms, ({ reference }) => reference),
  };
}

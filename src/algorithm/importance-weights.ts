/**
 * Rollouts of a policy that is a step behind the one that learns from them. The objective is decoupled, as in Hilton et al. 2021
 * ("Batch size-invariance for policy optimization", arXiv 2110.00641) and in AReaL (Fu et al. 2025, arXiv 2505.24298): ratios and clips are
 * taken against the proximal policy, the one that the step begins with, and every path-token is weighed by the importance weight
 *
 *   w = min(π_proximal(a) / π_sampled(a), C)
 *
 * a constant of the update. Cutting it at C (truncated importance sampling, Ionides 2008; ρ̄ of IMPALA, Espeholt et al. 2018) bounds the
 * variance at the price of a bias towards the policy that sampled. With equal policies all weights are 1.
 */
import type { LossPath, LossTree } from "../policy/policy.ts";
import { AepoError } from "../std/errors.ts";
import type { Minibatch } from "./minibatch.ts";

/** Beyond e^±20 a weight is as good as 0 or cut anyway. */
const LARGEST_LOG = 20;

/** One a trained token of a path. */
export function importanceWeights(proximal: Float32Array, sampled: Float32Array, cap: number): Float32Array {
  if (proximal.length !== sampled.length) {
    throw new AepoError("rollout", `${proximal.length} log-probabilities for ${sampled.length} trained tokens`);
  }
  return proximal.map((logprob, t) => {
    const log = logprob - (sampled[t] ?? Number.NaN);
    return Math.min(Math.exp(Math.max(-LARGEST_LOG, Math.min(LARGEST_LOG, log))), cap);
  });
}

/** What the proximal policy says of the trained tokens of a path of the mini-batch's group. */
export type ProximalLogprobs = (group: number, path: number) => Float32Array;

/** The mini-batch as the decoupled objective has it. Its trees keep their tokens. */
export function decoupled(minibatch: Minibatch, proximal: ProximalLogprobs, cap: number): Minibatch {
  return {
    ...minibatch,
    trees: minibatch.trees.map(
      (tree, group): LossTree => ({
        ...tree,
        paths: tree.paths.map((path, i): LossPath => {
          const oldLogprobs = proximal(group, i);
          const weights = importanceWeights(oldLogprobs, path.oldLogprobs, cap);
          return { ...path, oldLogprobs, weights: path.weights.map((weight, t) => weight * (weights[t] ?? 0)) };
        }),
      }),
    ),
  };
}

/**
 * A gradient as a server computes it from numbers: one coefficient c a token, sent as the advantage of importance sampling whose
 * "old" log-probabilities are those of the forward pass just made, so that the ratio is 1 and Σ c·∇log p is what is added up.
 *
 * A server that sums does just that. One that takes the mean over the tokens of each of its B sequences, and the mean of those,
 * gets c·N·B, N tokens in the sequence: the same sum again. B counts every datum since the last step, fill-ups included, which is
 * why a batch is sent when its step is made and not before.
 */
import type { Datum } from "../../protocol/in-memory.ts";
import { microBatches } from "./micro-batches.ts";
import type { Reduction } from "./options.ts";
import type { PathSequence } from "./path-sequences.ts";

export interface WeighedSequence {
  readonly sequence: PathSequence;
  /** Current, one a target. */
  readonly logprobs: Float32Array;
  /** −dL/dlog p, one a trained token. */
  readonly coefficients: Float32Array;
}

export function gradientBatch(
  sequences: readonly WeighedSequence[],
  reduction: Reduction,
  microBatch: number,
): readonly Datum[] {
  const whole = sequences.map(({ sequence, logprobs, coefficients }): Datum => {
    const advantages = new Float64Array(sequence.targets.length);
    for (const [i, place] of sequence.trained.entries()) advantages[place] = coefficients[i] ?? 0;
    return { tokens: sequence.tokens, targetTokens: sequence.targets, logprobs, advantages: [...advantages] };
  });
  const { data } = microBatches(whole, microBatch, unteaching);
  if (reduction === "sum") return data;
  return data.map((datum) => {
    const scale = datum.targetTokens.length * data.length;
    return { ...datum, advantages: Array.from(datum.advantages ?? [], (c) => c * scale) };
  });
}

function unteaching(datum: Datum): Datum {
  return { ...datum, advantages: new Float32Array(datum.targetTokens.length) };
}

export function isTeaching({ coefficients }: Pick<WeighedSequence, "coefficients">): boolean {
  return coefficients.some((c) => c !== 0);
}

/** What a server is examined with: one sequence of ordinary tokens, and others that only count. */
import type { Datum } from "../../../protocol/in-memory.ts";
import type { ModelLimits } from "../../../protocol/limits.ts";

/** Targets of the sequence: few, so that one token is a visible share of a mean. */
const TARGETS = 8;

export interface ProbeSequence {
  readonly tokens: readonly number[];
  readonly targets: readonly number[];
}

/** Neighbours differ; 7 is no divisor of usual vocabularies. */
export function probeSequence({ vocabularySize, maxSequenceTokens }: ModelLimits): ProbeSequence {
  const count = Math.min(TARGETS, maxSequenceTokens - 1);
  const ids = Array.from({ length: count + 1 }, (_, i) => (1 + 7 * i) % vocabularySize);
  return { tokens: ids.slice(0, -1), targets: ids.slice(1) };
}

/** The last target alone, `weight` times, among `count` datums of which the others teach nothing. */
export function weighedLast({ tokens, targets }: ProbeSequence, weight: number, count: number): Datum[] {
  return [weight, ...new Array<number>(count - 1).fill(0)].map((w) => ({
    tokens,
    targetTokens: targets,
    weights: lastOnly(targets.length, w),
  }));
}

/** The same by importance sampling at ratio 1. */
export function advantageOfLast(
  { tokens, targets }: ProbeSequence,
  logprobs: Float32Array,
  advantage: number,
  count: number,
): Datum[] {
  return [advantage, ...new Array<number>(count - 1).fill(0)].map((a) => ({
    tokens,
    targetTokens: targets,
    logprobs,
    advantages: lastOnly(targets.length, a),
  }));
}

function lastOnly(length: number, value: number): number[] {
  return Array.from({ length }, (_, i) => (i === length - 1 ? value : 0));
}

/**
 * A draw from a shaped distribution, from the logits of one row: repetition penalty, then temperature (in the logits
 * already: scaling by a positive number and the penalty commute), top-k, top-p of what top-k kept, min-p. The order and each
 * step are those of transformers. Ties: with the last of the top k all are kept, at the edge of top-p lower ids are.
 */
import { cutAt, largest } from "./largest.ts";
import type { TokenLogprob } from "./policy.ts";
import type { WholeShaping } from "./shaping.ts";

/** Tokens that can be drawn, ids rising, with weights relative to the most likely one. */
export interface KeptTokens {
  readonly ids: Int32Array;
  readonly weights: Float64Array;
}

/** What a draw depends on beside the logits. */
export interface ShapedRow {
  /** Prompt and continuation. */
  readonly ids: readonly number[];
  /** 0: greedy. */
  readonly temperature: number;
  readonly shaping: WholeShaping;
}

/** The token drawn with a uniform number in [0, 1), in inverse cumulative order of ids. Logits are those over temperature. */
export function drawShaped(logits: Float32Array, { ids, temperature, shaping }: ShapedRow, uniform: number): number {
  const penalised = penalise(logits, ids, shaping.repetitionPenalty);
  if (temperature === 0) return argmax(penalised);
  const kept = keptTokens(penalised, shaping);
  const threshold = uniform * kept.weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  const at = kept.weights.findIndex((weight) => (sum += weight) > threshold);
  return kept.ids.at(at) ?? 0;
}

/** The `count` most likely tokens, most likely first; `logSum` is the logarithm of the sum of exponentials. */
export function mostLikely(logits: Float32Array, count: number, logSum: number): TokenLogprob[] {
  return largest(logits, count).map((id) => ({ id, logprob: (logits[id] ?? 0) - logSum }));
}

/** CTRL (Keskar et al. 2019): whatever occurs in `ids`, once or often, becomes less likely. */
export function penalise(logits: Float32Array, ids: readonly number[], penalty: number): Float32Array {
  if (penalty === 1) return logits;
  const penalised = logits.slice();
  for (const id of ids) {
    const x = logits[id] ?? 0;
    penalised[id] = x < 0 ? x * penalty : x / penalty;
  }
  return penalised;
}

/** At least one token, whatever the logits, if one of them is finite. */
export function keptTokens(
  logits: Float32Array,
  { topK, topP, minP }: Omit<WholeShaping, "repetitionPenalty">,
): KeptTokens {
  const ids = topKIds(logits, topK);
  const values = Float32Array.from(ids, (id) => logits[id] ?? 0);
  const most = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const weights = Float64Array.from(values, (x) => Math.exp(x - most));
  const isKept = topP < 1 ? topPTokens(values, weights, topP) : (): boolean => true;
  const places = ids.map((_, i) => i).filter((i) => isKept(i) && (weights[i] ?? 0) >= minP);
  return { ids: places.map((i) => ids[i] ?? 0), weights: Float64Array.from(places, (i) => weights[i] ?? 0) };
}

function topKIds(logits: Float32Array, topK: number): Int32Array {
  const all = topK === 0 || topK >= logits.length;
  const least = all ? Number.NEGATIVE_INFINITY : cutAt(logits, null, topK).value;
  const ids = new Int32Array(logits.length);
  let count = 0;
  for (let id = 0; id < logits.length; id++) {
    const x = logits[id] ?? 0;
    if (x >= least && x > Number.NEGATIVE_INFINITY) ids[count++] = id;
  }
  return ids.subarray(0, count);
}

/** Whether place i is kept, to be asked for in order. */
function topPTokens(values: Float32Array, weights: Float64Array, topP: number): (place: number) => boolean {
  const target = topP * weights.reduce((sum, weight) => sum + weight, 0);
  const { value, above } = cutAt(values, weights, target);
  let reached = above;
  return (place) => {
    const x = values[place] ?? 0;
    if (x !== value) return x > value;
    if (reached >= target) return false;
    reached += weights[place] ?? 0;
    return true;
  };
}

/** The first of the largest. */
function argmax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] ?? 0) > (values[best] ?? 0)) best = i;
  return best;
}

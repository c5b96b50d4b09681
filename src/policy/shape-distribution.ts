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
  let total = 0;
  for (const weight of kept.weights) total += weight;
  let sum = 0;
  for (let i = 0; i < kept.ids.length; i++) {
    sum += kept.weights[i] ?? 0;
    if (sum > uniform * total) return kept.ids[i] ?? 0;
  }
  return kept.ids.at(-1) ?? 0;
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

/** At least one token, if a logit is finite. Plain loops: a vocabulary is long, and every row of every tick comes by here. */
export function keptTokens(
  logits: Float32Array,
  { topK, topP, minP }: Omit<WholeShaping, "repetitionPenalty">,
): KeptTokens {
  const { ids, values } = topKTokens(logits, topK);
  const most = logits[argmax(logits)] ?? 0;
  const weights = new Float64Array(values.length);
  let total = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = Math.exp((values[i] ?? 0) - most);
    weights[i] = weight;
    total += weight;
  }
  const target = topP < 1 ? topP * total : Number.POSITIVE_INFINITY;
  const cut = topP < 1 ? cutAt(values, weights, target) : { value: Number.NEGATIVE_INFINITY, above: 0 };
  let [reached, count] = [cut.above, 0];
  for (let i = 0; i < weights.length; i++) {
    const [x, weight] = [values[i] ?? 0, weights[i] ?? 0];
    if (x < cut.value || weight < minP) continue;
    if (x === cut.value) {
      if (reached >= target) continue;
      reached += weight;
    }
    ids[count] = ids[i] ?? 0;
    weights[count++] = weight;
  }
  return { ids: ids.subarray(0, count), weights: weights.subarray(0, count) };
}

/** The k most likely tokens, and those tied with the last of them; ids rising. */
function topKTokens(logits: Float32Array, topK: number): { ids: Int32Array; values: Float32Array } {
  const all = topK === 0 || topK >= logits.length;
  const least = all ? Number.NEGATIVE_INFINITY : cutAt(logits, null, topK).value;
  const [ids, values] = [new Int32Array(logits.length), new Float32Array(logits.length)];
  let count = 0;
  for (let id = 0; id < logits.length; id++) {
    const x = logits[id] ?? 0;
    if (x < least || x === Number.NEGATIVE_INFINITY) continue;
    ids[count] = id;
    values[count++] = x;
  }
  return { ids: ids.subarray(0, count), values: values.subarray(0, count) };
}

/** The first of the largest. */
function argmax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] ?? 0) > (values[best] ?? 0)) best = i;
  return best;
}

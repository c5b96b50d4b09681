/**
 * The one draw of a row that needs its logits on the host: a shaped draw, a report of the most likely tokens, or both. The
 * engine has drawn from the full distribution already; a row that only asks for a report keeps that draw, so that asking
 * changes nothing.
 */
import type { DecodeRow, Draws } from "./decoder.ts";
import { drawShaped, mostLikely } from "./shape-distribution.ts";

/** `logits` over the temperature (as they are at 0), `drawn` from the full softmax of them. */
export function hostDraw(row: DecodeRow, logits: Float32Array, drawn: Draws): Draws {
  const { ids, temperature, shaping, topLogprobs, uniforms } = row;
  const [first, uniform] = [drawn.ids[0] ?? 0, uniforms[0] ?? 0];
  const logSum = (logits[first] ?? 0) - (drawn.logprobs[0] ?? 0);
  const id = shaping === null ? first : drawShaped(logits, { ids, temperature, shaping }, uniform);
  return {
    ids: Int32Array.of(id),
    logprobs: id === first ? drawn.logprobs : Float32Array.of((logits[id] ?? 0) - logSum),
    entropies: drawn.entropies,
    ...(topLogprobs === 0 ? {} : { top: [mostLikely(logits, topLogprobs, logSum)] }),
  };
}

/**
 * A call of any size as requests that a server takes: so many datums and so many bytes at most. Gradients add up over requests, so
 * cutting changes nothing but the number of answers.
 */
import type { Datum, ForwardResult } from "../../../protocol/in-memory.ts";
import { combineMetrics } from "./combine-metrics.ts";

export interface ChunkLimits {
  readonly maxChunkDatums: number;
  readonly maxChunkBytes: number;
}

/** In JSON, which is the longer form: an id with its comma, a float with all its digits. */
const BYTES_PER_ID = 7;
const BYTES_PER_FLOAT = 21;
const BYTES_PER_DATUM = 400;

export function cutChunks(
  data: readonly Datum[],
  { maxChunkDatums, maxChunkBytes }: ChunkLimits,
): readonly (readonly Datum[])[] {
  const chunks: Datum[][] = [];
  let bytes = 0;
  for (const datum of data) {
    const size = bytesOf(datum);
    const last = chunks.at(-1);
    if (last !== undefined && last.length < maxChunkDatums && bytes + size <= maxChunkBytes) {
      last.push(datum);
      bytes += size;
    } else {
      chunks.push([datum]);
      bytes = size;
    }
  }
  return chunks;
}

export function combineChunks(results: readonly ForwardResult[]): ForwardResult {
  return {
    outputs: results.flatMap(({ outputs }) => outputs),
    metrics: combineMetrics(
      results.map(({ metrics }) => metrics),
      results.map(({ outputs }) => outputs.length),
    ),
  };
}

function bytesOf({ tokens, targetTokens, weights, logprobs, advantages }: Datum): number {
  const floats = (weights?.length ?? 0) + (logprobs?.length ?? 0) + (advantages?.length ?? 0);
  return BYTES_PER_DATUM + BYTES_PER_ID * (tokens.length + targetTokens.length) + BYTES_PER_FLOAT * floats;
}

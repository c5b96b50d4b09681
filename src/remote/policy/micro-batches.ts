/**
 * Datums as a server likes them: by length, so that what is padded together is alike, and a multiple of its micro-batch, so that it
 * compiles for one number of them. Those that fill up teach nothing; a server that averages counts them like the others.
 */
import type { Datum } from "../../protocol/in-memory.ts";

export interface Batch {
  readonly data: readonly Datum[];
  /** Where the datums that were given are in `data`, in the order given. */
  readonly places: readonly number[];
}

/** `filler` makes a datum that teaches nothing of a real one. */
export function microBatches(data: readonly Datum[], size: number, filler: (datum: Datum) => Datum): Batch {
  const order = data.map((_, i) => i).sort((a, b) => lengthOf(data[a]) - lengthOf(data[b]) || a - b);
  const sorted = order.flatMap((i) => data[i] ?? []);
  const places = new Array<number>(data.length);
  for (const [place, i] of order.entries()) places[i] = place;
  const [shortest] = sorted;
  const missing = (size - (sorted.length % size)) % size;
  const fill = shortest === undefined ? [] : Array.from({ length: missing }, () => filler(shortest));
  return { data: [...sorted, ...fill], places };
}

function lengthOf(datum: Datum | undefined): number {
  return datum?.tokens.length ?? 0;
}

/** Equal-width histograms of finite values, for distributions in the journal. */
import type { Histogram } from "./figures.ts";

const BINS = 16;

/** Null for no values; values that are all equal make one bin around them. */
export function histogramOf(values: readonly number[]): Histogram | null {
  if (values.length === 0) return null;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (low === high) return { edges: [low - 0.5, high + 0.5], counts: [values.length] };
  const width = (high - low) / BINS;
  const counts = new Array<number>(BINS).fill(0);
  for (const value of values) {
    const bin = Math.min(BINS - 1, Math.floor((value - low) / width));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { edges: Array.from({ length: BINS + 1 }, (_, i) => low + i * width), counts };
}

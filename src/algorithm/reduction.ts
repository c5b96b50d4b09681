/** How path-tokens are averaged within one optimiser step: weights on the host, so that micro-batches do not matter. */
import type { Reduction } from "./algorithm.ts";

/** AEPO-L4: every path-token weighs 1 / Σ lengths. */
export const tokenMean: Reduction = (lengths) => {
  const total = lengths.reduce((sum, length) => sum + length, 0);
  return lengths.map(() => 1 / total);
};

/** Dr. GRPO: Σ over a path's tokens / `length`, a constant, then the mean over the paths. A path without tokens counts for nothing. */
export function constantLength(length: number): Reduction {
  return (lengths) => {
    const paths = lengths.filter((own) => own > 0).length;
    return lengths.map((own) => (own === 0 ? 0 : 1 / (length * paths)));
  };
}

/** Mean over a path's tokens, then over the paths (GRPO). A path without tokens counts for nothing. */
export const sequenceMean: Reduction = (lengths) => {
  const paths = lengths.filter((length) => length > 0).length;
  return lengths.map((length) => (length === 0 ? 0 : 1 / (length * paths)));
};

/** Sequences that stand for any where only their size matters: for measuring, and for predicting memory. */
import type { LossTree } from "./policy.ts";

/** A tree of one path: `tokens` of it go through the model, and each predicts the next one. */
export function plainSequence(tokens: number, vocabulary: number): LossTree {
  const all = (): Float32Array => new Float32Array(tokens).fill(1 / tokens);
  return {
    // Neighbours differ, and most of a vocabulary occurs: 7,919 is prime.
    ids: Int32Array.from({ length: tokens + 1 }, (_, i) => (i * 7919) % vocabulary),
    parents: Int32Array.from({ length: tokens + 1 }, (_, i) => i - 1),
    paths: [
      {
        leaf: tokens,
        tokens: Int32Array.from({ length: tokens }, (_, i) => i + 1),
        oldLogprobs: all(),
        advantages: all(),
        weights: all(),
      },
    ],
  };
}

/** Entropy as shade: ten levels from 0 to the largest entropy shown, by square root, so that small ones are still told apart. */
import type { RolloutTree } from "../rollout/tree.ts";
import { type Figure, isMeasured } from "./figure-format.ts";

export const LEVELS = 10;

/** 0 … LEVELS − 1. */
export function heatLevel(entropy: Figure, largest: number): number {
  if (!isMeasured(entropy) || largest <= 0) return 0;
  return Math.min(LEVELS - 1, Math.max(0, Math.floor(Math.sqrt(entropy / largest) * LEVELS)));
}

export function largestEntropy(tree: RolloutTree): number {
  let largest = 0;
  for (const { turn } of tree.nodes) {
    for (const entropy of turn?.entropies ?? []) if (isMeasured(entropy)) largest = Math.max(largest, entropy);
  }
  return largest;
}

/** What ARPO and AEPO share: how many roots without a probe, and the branch probability of AEPO-R3. */
import type { DefaultWindow } from "./algorithm.ts";

/** m = ceil(k/2): a fixed split, no probe. */
export function halfRoots(groupSize: number): number {
  return Math.ceil(groupSize / 2);
}

/** AEPO-R3: P = (α + γ·ΔH) · (1 − P̂(l)), clamped to [0, 1], P̂(l) = min(1, λ·l). ARPO: λ = 0. */
export function branchProbability(
  deltaEntropy: number,
  consecutive: number,
  symbols: { readonly base: number; readonly entropyWeight: number; readonly penalty: number },
): number {
  const { base: alpha, entropyWeight: gamma, penalty: lambda } = symbols;
  const penalty = Math.min(1, lambda * consecutive);
  return Math.min(1, Math.max(0, (alpha + gamma * deltaEntropy) * (1 - penalty)));
}

/** AEPO-R1: m = k · σ(β·(H_root − mean H_tool)), rounded half up, clamped to [least, k]. The released code takes ⌊k·σ⌋ + 1. */
export function monitoredRoots(
  groupSize: number,
  sensitivity: number,
  rootEntropy: number,
  toolEntropy: number,
  least: number,
  rounding: "halfUp" | "floorPlusOne" = "halfUp",
): number {
  const share = 1 / (1 + Math.exp(-sensitivity * (rootEntropy - toolEntropy)));
  const roots = Math.floor(groupSize * share + (rounding === "halfUp" ? 0.5 : 1));
  return Math.min(groupSize, Math.max(least, roots));
}

/** AEPO-H2: the algorithm's window where it sets one, else the task's. */
export function windowOf(
  options: { readonly entropyTokens?: number | undefined; readonly entropySkip?: number | undefined },
  task: DefaultWindow,
): { readonly entropyTokens: number; readonly entropySkip: number } {
  return { entropyTokens: options.entropyTokens ?? task.tokens, entropySkip: options.entropySkip ?? task.skip };
}

/** AEPO-H2: the entropy of a step is the mean over a window at the start of what the policy wrote in it. */
import type { Departures } from "./departures.ts";
import type { PolicyTurn } from "./tree.ts";

export interface EntropyWindow {
  readonly entropyTokens: number;
  readonly entropySkip: number;
}

/** AEPO-H2, nats. A step no longer than the skip uses all its tokens; an empty step has no entropy (null). */
export function stepEntropy(entropies: readonly number[], window: EntropyWindow): number | null {
  const inside = inWindow(entropies, window);
  return inside.length === 0 ? null : mean(inside);
}

/** The entropy of a step by the estimate that the rules ask for: AEPO-H2, or the released code's sum (`Departures.topK`). */
export function turnEntropy(
  { entropies, topEntropies = [] }: Pick<PolicyTurn, "entropies" | "topEntropies">,
  rules: EntropyWindow & { readonly departures?: Departures },
): number | null {
  if (rules.departures?.topK === undefined) return stepEntropy(entropies, rules);
  const inside = inWindow(topEntropies, rules);
  return inside.length === 0 ? null : sum(inside);
}

/** Arithmetic mean; NaN of nothing. */
export function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

function inWindow(values: readonly number[], { entropyTokens, entropySkip }: EntropyWindow): readonly number[] {
  return values.length <= entropySkip ? values : values.slice(entropySkip, entropySkip + entropyTokens);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, x) => total + x, 0);
}

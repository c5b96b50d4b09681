/** AEPO-H2: the entropy of a step is the mean over a window at the start of what the policy wrote in it. */

export interface EntropyWindow {
  readonly entropyTokens: number;
  readonly entropySkip: number;
}

/** AEPO-H2, nats. A step no longer than the skip uses all its tokens; an empty step has no entropy (null). */
export function stepEntropy(entropies: readonly number[], window: EntropyWindow): number | null {
  const { entropyTokens, entropySkip } = window;
  if (entropies.length === 0) return null;
  if (entropies.length <= entropySkip) return mean(entropies);
  return mean(entropies.slice(entropySkip, entropySkip + entropyTokens));
}

/** Arithmetic mean; NaN of nothing. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}

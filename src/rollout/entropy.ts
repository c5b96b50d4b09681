/** Entropies of steps: AEPO-H2 (mean over a window of the turn) and AEPO-R2 (change against the root of the path). */

export interface EntropyWindow {
  readonly entropyTokens: number;
  readonly entropySkip: number;
}

/** AEPO-H2, nats. A step no longer than the skip uses all its tokens; an empty step has no entropy (null). */
export function stepEntropy(entropies: readonly number[], window: EntropyWindow): number | null {
  if (entropies.length === 0) return null;
  const from = entropies.length <= window.entropySkip ? 0 : window.entropySkip;
  const to = from === 0 && window.entropySkip > 0 ? entropies.length : from + window.entropyTokens;
  return mean(entropies.slice(from, to));
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}

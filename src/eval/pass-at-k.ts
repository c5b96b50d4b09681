/** Unbiased pass@k (Chen et al. 2021, arXiv 2107.03374, eq. 1) with bootstrap intervals over questions. */
import { randomStream } from "../std/random.ts";

/** 1 − C(n − c, k) / C(n, k): the chance that k of n samples, c of them correct, hold a correct one. NaN-free for k ≤ n. */
export function passAtK(samples: number, correct: number, k: number): number {
  if (k < 1 || k > samples) throw new RangeError(`pass@${k} needs 1 ≤ k ≤ samples, got ${samples} samples`);
  let missed = 1;
  for (let i = 0; i < k; i++) missed *= Math.max(0, samples - correct - i) / (samples - i);
  return 1 - missed;
}

/** A mean with its 95 % interval. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Percentile bootstrap of the mean over questions; the same values and seed give the same interval. */
export function bootstrapMean(values: readonly number[], seed: number, resamples = 2000): Interval {
  const mean = (list: readonly number[]): number => list.reduce((sum, x) => sum + x, 0) / list.length;
  if (values.length === 0) throw new RangeError("bootstrapMean: no values");
  const random = randomStream(seed, "bootstrap", values.length);
  const means = Float64Array.from({ length: resamples }, () => {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[random.integer(values.length)] ?? 0;
    return sum / values.length;
  }).sort();
  const at = (share: number): number => means[Math.min(resamples - 1, Math.floor(share * resamples))] ?? 0;
  return { value: mean(values), low: at(0.025), high: at(0.975) };
}

/**
 * Latencies of any number of calls in little room: counts by size, each size 5 % wider than the one before it, so that a
 * percentile is right to within 2.5 %. Two of them add up, and the later minus the earlier is what lies between.
 */

export interface Latencies {
  /** Calls by size: the n-th holds those of about 1.05ⁿ milliseconds. */
  readonly sizes: Readonly<Record<string, number>>;
  readonly count: number;
  readonly maxMs: number;
}

const STEP = Math.log(1.05);

export const noLatencies: Latencies = { sizes: {}, count: 0, maxMs: 0 };

export function withLatency({ sizes, count, maxMs }: Latencies, ms: number): Latencies {
  const size = String(Math.round(Math.log(Math.max(ms, 0.001)) / STEP));
  return { sizes: { ...sizes, [size]: (sizes[size] ?? 0) + 1 }, count: count + 1, maxMs: Math.max(maxMs, ms) };
}

export function addLatencies(a: Latencies, b: Latencies): Latencies {
  const sizes = new Map(Object.entries(a.sizes));
  for (const [size, calls] of Object.entries(b.sizes)) sizes.set(size, (sizes.get(size) ?? 0) + calls);
  return { sizes: Object.fromEntries(sizes), count: a.count + b.count, maxMs: Math.max(a.maxMs, b.maxMs) };
}

/** Milliseconds that the share of the calls did not exceed; null where there are none. */
export function percentile({ sizes, count, maxMs }: Latencies, share: number): number | null {
  if (count === 0) return null;
  const ascending = Object.entries(sizes)
    .map(([size, calls]) => [Number(size), calls] as const)
    .sort(([a], [b]) => a - b);
  let seen = 0;
  for (const [size, calls] of ascending) {
    seen += calls;
    if (seen >= share * count) return Math.min(maxMs, Math.exp(size * STEP));
  }
  return maxMs;
}

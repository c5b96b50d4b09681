/** Curves of runs with unequal steps on one axis, the share of the budget: each part of it has the mean of what its steps showed. */
import type { CellResult } from "./cell-result.ts";
import { mean, sum } from "./estimate.ts";

export interface Band {
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

const MOST_BINS = 40;

/** As many parts as the run with the most steps has; a longer step is level over several. */
export function binCount(cells: readonly CellResult[]): number {
  return Math.min(MOST_BINS, Math.max(0, ...cells.map(({ curves }) => curves.spent.length)));
}

/** Mean over the seeds, with one deviation on either side; a single seed has no band. */
export function bandOver(cells: readonly CellResult[], curve: string, bins: number): Band[] {
  const runs = cells.map(({ curves }) => binned(curves.spent, curves.values[curve] ?? [], bins));
  return Array.from({ length: bins }, (_, bin) => {
    const values = runs.flatMap((run) => run[bin] ?? []);
    if (values.length === 0) return { mean: null, low: null, high: null };
    const centre = mean(values);
    if (values.length < 2) return { mean: centre, low: null, high: null };
    const deviation = Math.sqrt(sum(values.map((value) => (value - centre) ** 2)) / (values.length - 1));
    return { mean: centre, low: centre - deviation, high: centre + deviation };
  });
}

/** A step counts in a part by how much of it was spent there. */
export function binned(spent: readonly number[], values: readonly (number | null)[], bins: number): (number | null)[] {
  const total = sum(spent);
  const sums = Array.from({ length: bins }, () => ({ value: 0, weight: 0 }));
  let from = 0;
  for (const [index, part] of spent.entries()) {
    const [start, end] = [(from / total) * bins, ((from + part) / total) * bins];
    from += part;
    const value = values[index];
    if (value === null || value === undefined) continue;
    for (let bin = Math.floor(start); bin < Math.min(bins, end); bin++) {
      const weight = Math.min(end, bin + 1) - Math.max(start, bin);
      const entry = sums[bin];
      // What rounding leaves over of a step is no part of the next.
      if (entry === undefined || weight < 1e-9) continue;
      entry.value += weight * value;
      entry.weight += weight;
    }
  }
  return sums.map(({ value, weight }) => (weight > 0 ? value / weight : null));
}

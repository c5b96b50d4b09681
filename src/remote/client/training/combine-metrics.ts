/**
 * Metrics of the chunks of one call as those of the call. A metric's name ends with how: `loss:sum`. What says nothing, or a
 * reduction nobody here knows, is averaged like `mean`: by the number of datums.
 */
type Metrics = Readonly<Record<string, number>>;

type Reduce = (values: readonly number[], datums: readonly number[]) => number;

const mean: Reduce = (values, datums) => {
  const total = datums.reduce((sum, count) => sum + count, 0);
  return values.reduce((sum, value, i) => sum + value * (datums[i] ?? 0), 0) / total;
};

const REDUCTIONS: ReadonlyMap<string, Reduce> = new Map<string, Reduce>([
  ["sum", (values) => values.reduce((sum, value) => sum + value, 0)],
  ["min", (values) => Math.min(...values)],
  ["max", (values) => Math.max(...values)],
  ["last", (values) => values.at(-1) ?? Number.NaN],
]);

/** `datums[i]` is the number of datums of chunk i. */
export function combineMetrics(chunks: readonly Metrics[], datums: readonly number[]): Metrics {
  const [only] = chunks;
  if (only !== undefined && chunks.length === 1) return only;
  const names = new Set(chunks.flatMap((metrics) => Object.keys(metrics)));
  return Object.fromEntries([...names].map((name) => [name, combined(name, chunks, datums)]));
}

function combined(name: string, chunks: readonly Metrics[], datums: readonly number[]): number {
  const reduce = REDUCTIONS.get(name.slice(name.lastIndexOf(":") + 1)) ?? mean;
  const having = chunks.flatMap((metrics, i) => (metrics[name] === undefined ? [] : [i]));
  return reduce(
    having.map((i) => chunks[i]?.[name] ?? Number.NaN),
    having.map((i) => datums[i] ?? 0),
  );
}

/**
 * From cells to what may be said of the methods: means with intervals, and differences paired over seeds and questions with Holm's
 * correction over each family of them. Pure. A difference whose corrected interval holds 0 is not shown, and nothing says otherwise.
 */
import { passAtK } from "../eval/pass-at-k.ts";
import type { CellResult } from "./cell-result.ts";
import { cellsOf, type Comparison, type ComparisonSettings } from "./comparison.ts";
import {
  type Crossed,
  type Estimated,
  estimateMean,
  type Interval,
  intervalOf,
  mean,
  pValue,
  sum,
} from "./estimate.ts";
import { figureRows } from "./figures.ts";
import { holmCorrected } from "./holm.ts";
import type { CellName } from "./layout.ts";
import { differingFields, type DifferingField } from "./settings-table.ts";

/** What a comparison is made in: a family shares one correction. */
export type Family = "held-out" | "primary figures";

export interface HeldOut {
  readonly k: number;
  /** 0: greedy. */
  readonly temperature: number;
}

export interface Compared {
  readonly family: Family;
  /** Id of the figure, or `pass@k at T`. */
  readonly metric: string;
  readonly base: string;
  readonly method: string;
  /** Seeds that both have. */
  readonly seeds: number;
  /** Method minus base; null where one of them has nothing to measure. */
  readonly difference: number | null;
  readonly interval: Interval | null;
  readonly p: number | null;
  /** With Holm's correction over the family. */
  readonly corrected: { readonly p: number; readonly low: number; readonly high: number } | null;
  readonly shown: "higher" | "lower" | null;
}

export interface MethodResults {
  readonly name: string;
  readonly from: string;
  readonly seeds: readonly number[];
  readonly heldOut: readonly (HeldOut & { readonly value: number; readonly interval: Interval | null })[];
  /** Mean and deviation (n − 1) over the seeds where there was something to measure. */
  readonly figures: Readonly<Record<string, { readonly mean: number; readonly deviation: number | null } | null>>;
  readonly seconds: { readonly training: number; readonly evaluation: number };
}

export interface Results {
  readonly format: "aepo-results-1";
  readonly settings: ComparisonSettings;
  /** False while cells are missing. */
  readonly complete: boolean;
  readonly missing: readonly (CellName & { readonly why: string | null })[];
  readonly methods: readonly MethodResults[];
  readonly comparisons: readonly Compared[];
  /** Settings in which the methods differ, one value a method. */
  readonly differing: readonly DifferingField[];
  readonly cells: readonly CellResult[];
}

export interface ResultInputs {
  readonly comparison: Comparison;
  readonly cells: readonly CellResult[];
  /** Why cells could not be finished. */
  readonly failures: readonly (CellName & { readonly why: string })[];
}

export function summariseCells({ comparison, cells, failures }: ResultInputs): Results {
  const { format: _, methods, ...settings } = comparison;
  const isHere = (name: CellName): boolean =>
    cells.some((cell) => cell.method === name.method && cell.seed === name.seed);
  const missing = cellsOf(comparison)
    .filter((name) => !isHere(name))
    .map((name) => ({ ...name, why: whyMissing(failures, name) }));
  return {
    format: "aepo-results-1",
    settings,
    complete: missing.length === 0,
    missing,
    methods: methods.map(({ name, from }) => methodResults(name, from, ofMethod(cells, name), comparison)),
    comparisons: compareAll(comparison, cells),
    differing: differingFields(methods.map(({ recipe }) => ({ algorithm: recipe.algorithm, ...compared(recipe) }))),
    cells: cellsOf(comparison).flatMap((name) =>
      cells.filter((cell) => cell.method === name.method && cell.seed === name.seed),
    ),
  };
}

/** What the comparison sets itself is no difference. */
function compared({ optimizer, train }: Comparison["methods"][number]["recipe"]): object {
  const { steps: _, budget: __, ...others } = train;
  return { optimizer, train: others };
}

function whyMissing(failures: ResultInputs["failures"], { method, seed }: CellName): string | null {
  return failures.find((failure) => failure.method === method && failure.seed === seed)?.why ?? null;
}

function ofMethod(cells: readonly CellResult[], name: string): CellResult[] {
  return cells.filter(({ method }) => method === name).sort((a, b) => a.seed - b.seed);
}

/** What a method came to in a metric; undefined if no run of it is there. */
export function findHeldOut(
  { heldOut }: Pick<MethodResults, "heldOut">,
  { k, temperature }: HeldOut,
): MethodResults["heldOut"][number] | undefined {
  return heldOut.find((entry) => entry.k === k && entry.temperature === temperature);
}

/** Pass@k at each temperature, for every k that its samples allow. */
export function heldOutMetrics({ temperatures, samples, k }: ComparisonSettings): HeldOut[] {
  return k.flatMap((size) =>
    temperatures.flatMap((temperature) =>
      size <= (temperature === 0 ? 1 : samples) ? [{ k: size, temperature }] : [],
    ),
  );
}

export function metricName({ k, temperature }: HeldOut): string {
  return `Pass@${k}, ${temperature === 0 ? "greedy" : `T = ${temperature}`}`;
}

function methodResults(
  name: string,
  from: string,
  cells: readonly CellResult[],
  settings: ComparisonSettings,
): MethodResults {
  return {
    name,
    from,
    seeds: cells.map(({ seed }) => seed),
    heldOut:
      cells.length === 0
        ? []
        : heldOutMetrics(settings).map((metric) => {
            const estimated = estimateMean(cells.map((cell) => passes(cell, metric)));
            return { ...metric, value: estimated.value, interval: within(intervalOf(estimated), 0, 1) };
          }),
    figures: Object.fromEntries(
      figureRows.map(({ id }) => [id, spread(cells.flatMap(({ figures }) => figures[id] ?? []))]),
    ),
    seconds: {
      training: sum(cells.map(({ seconds }) => seconds.training)),
      evaluation: sum(cells.map(({ seconds }) => seconds.evaluation)),
    },
  };
}

function spread(values: readonly number[]): { mean: number; deviation: number | null } | null {
  if (values.length === 0) return null;
  const centre = mean(values);
  const squares = sum(values.map((value) => (value - centre) ** 2));
  return { mean: centre, deviation: values.length < 2 ? null : Math.sqrt(squares / (values.length - 1)) };
}

/** Chance of a right one among k samples, of each question. */
function passes({ evaluations }: CellResult, { k, temperature }: HeldOut): number[] {
  const found = evaluations.find((evaluation) => evaluation.temperature === temperature);
  return found?.correct.map((correct) => passAtK(found.samples, correct, k)) ?? [];
}

function compareAll(comparison: Comparison, cells: readonly CellResult[]): Compared[] {
  const pairs = pairsOf(comparison);
  const heldOut = heldOutMetrics(comparison).flatMap((metric) =>
    pairs.map((pair) => differenceOf(pair, metricName(metric), cells, (cell) => passes(cell, metric))),
  );
  const figures = figureRows
    .filter(({ primary }) => primary === true)
    .flatMap(({ id }) =>
      pairs.map((pair) =>
        differenceOf(pair, id, cells, ({ figures }) => {
          const value = figures[id] ?? null;
          return value === null ? null : [value];
        }),
      ),
    );
  return [...corrected("held-out", heldOut, 1), ...corrected("primary figures", figures, Number.POSITIVE_INFINITY)];
}

type Pair = readonly [base: string, method: string];

function pairsOf({ methods, pairs }: Comparison): Pair[] {
  const names = methods.map(({ name }) => name);
  const bases = pairs === "first" ? names.slice(0, 1) : names;
  return bases.flatMap((base, index) => names.slice(index + 1).map((name): Pair => [base, name]));
}

interface Difference {
  readonly pair: Pair;
  readonly metric: string;
  readonly seeds: number;
  readonly estimated: Estimated | null;
}

/** Paired: the seeds that both have, and in each the same questions. */
function differenceOf(
  pair: Pair,
  metric: string,
  cells: readonly CellResult[],
  pick: (cell: CellResult) => readonly number[] | null,
): Difference {
  const [bases, methods] = pair.map((name) => ofMethod(cells, name));
  const rows: Crossed = (bases ?? []).flatMap((base) => {
    const other = methods?.find(({ seed }) => seed === base.seed);
    const [a, b] = [pick(base), other === undefined ? null : pick(other)];
    return a === null || b === null ? [] : [b.map((value, i) => value - (a[i] ?? 0))];
  });
  return { pair, metric, seeds: rows.length, estimated: rows.length === 0 ? null : estimateMean(rows) };
}

function corrected(family: Family, differences: readonly Difference[], limit: number): Compared[] {
  const values = differences.map(({ estimated }) => (estimated === null ? null : pValue(estimated)));
  const holm = holmCorrected(values);
  return differences.map(({ pair: [base, method], metric, seeds, estimated }, index) => {
    const correction = holm[index] ?? null;
    const interval = estimated === null ? null : within(intervalOf(estimated), -limit, limit);
    const wide =
      estimated === null || correction === null ? null : within(intervalOf(estimated, correction.tail), -limit, limit);
    return {
      family,
      metric,
      base,
      method,
      seeds,
      difference: estimated?.value ?? null,
      interval,
      p: values[index] ?? null,
      corrected: wide === null || correction === null ? null : { p: correction.p, ...wide },
      shown: wide === null ? null : wide.low > 0 ? "higher" : wide.high < 0 ? "lower" : null,
    };
  });
}

/** A share is between 0 and 1, whatever few seeds say. */
function within(interval: Interval | null, low: number, high: number): Interval | null {
  if (interval === null) return null;
  return { low: Math.max(low, interval.low), high: Math.min(high, interval.high) };
}

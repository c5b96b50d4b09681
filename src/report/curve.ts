/** What a curve over steps is: a table entry that names its series, its rule and what it shows. */
import type { StepRecord } from "../run/records.ts";
import { buckets, bucketMean } from "./downsample.ts";
import type { Figure } from "./figure-format.ts";
import { type Colour, lineChart } from "./svg-chart.ts";
import type { Markup } from "./markup.ts";

export interface CurveSeries<Row = StepRecord> {
  readonly name: string;
  readonly colour: Colour;
  readonly dashed?: boolean;
  of(row: Row): Figure;
  band?(row: Row): readonly [Figure, Figure];
}

export interface Curve<Row = StepRecord> {
  readonly title: string;
  /** One sentence: what it shows. */
  readonly caption: string;
  /** Rule of the specification. */
  readonly rule: string;
  /** Depends on who gets the slots (AEPO-R9). */
  readonly ordered?: boolean;
  readonly series: readonly CurveSeries<Row>[];
  readonly floor?: number;
  readonly ceiling?: number;
  readonly format: (value: Figure) => string;
}

export interface DrawnCurve {
  readonly chart: Markup | null;
  /** Last measured value of each series. */
  readonly last: readonly Figure[];
  /** Steps merged into one point. */
  readonly merged: number;
}

export function drawCurve<Row extends { readonly step: number }>(curve: Curve<Row>, rows: readonly Row[]): DrawnCurve {
  const points = buckets(rows);
  const steps = points.map((bucket) => bucket.map(({ step }) => step));
  const chart = lineChart({
    label: `${curve.title}: ${curve.caption}`,
    x: steps.map((bucket) => bucketMean(bucket) ?? 0),
    names: steps.map(stepName),
    series: curve.series.map(({ name, colour, dashed, of, band }) => ({
      name,
      colour,
      ...(dashed === undefined ? {} : { dashed }),
      values: points.map((bucket) => bucketMean(bucket.map(of))),
      ...(band === undefined ? {} : { band: points.map((bucket) => bandMean(bucket.map(band))) }),
    })),
    ...(curve.floor === undefined ? {} : { floor: curve.floor }),
    ...(curve.ceiling === undefined ? {} : { ceiling: curve.ceiling }),
    format: curve.format,
  });
  const last = curve.series.map(({ of }) =>
    points.map((bucket) => bucketMean(bucket.map(of))).findLast((value) => value !== null),
  );
  return { chart, last, merged: points[0]?.length ?? 0 };
}

function bandMean(bands: readonly (readonly [Figure, Figure])[]): readonly [Figure, Figure] {
  return [bucketMean(bands.map(([low]) => low)), bucketMean(bands.map(([, high]) => high))];
}

function stepName(bucket: readonly number[]): string {
  const [first, last] = [bucket[0], bucket.at(-1)];
  return bucket.length < 2 ? `step ${first}` : `steps ${first} to ${last}, mean`;
}

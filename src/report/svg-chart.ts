/**
 * Line charts as SVG text: axes, ticks, lines with gaps where nothing was measured, bands, and a column a point that shows
 * its values (a `<title>`, so it works without scripts). Pure: the same series give the same markup.
 */
import { compact, type Figure, isMeasured } from "./figure-format.ts";
import { html, type Markup, nothing, trusted } from "./markup.ts";
import { type Axis, extent, linearScale, niceAxis, stepAxis } from "./scale.ts";

/** Index of a colour of the palette in style.ts. */
export type Colour = 1 | 2 | 3 | 4 | 5 | 6;

export interface ChartSeries {
  readonly name: string;
  readonly colour: Colour;
  readonly dashed?: boolean;
  /** One a point. */
  readonly values: readonly Figure[];
  readonly band?: readonly (readonly [Figure, Figure])[];
}

export interface LineChart {
  /** What a screen reader says. */
  readonly label: string;
  /** Position of each point, ascending, and its name in the hover text. */
  readonly x: readonly number[];
  readonly names: readonly string[];
  readonly series: readonly ChartSeries[];
  /** The axis covers these too, if given. */
  readonly floor?: number;
  readonly ceiling?: number;
  readonly format: (value: Figure) => string;
}

export const CHART = {
  width: 380,
  height: 196,
  left: 46,
  right: 12,
  top: 10,
  bottom: 24,
} as const;

/** Null when no series has a value. */
export function lineChart(chart: LineChart): Markup | null {
  const range = extent(chart.series.flatMap(({ values, band }) => [...values, ...(band ?? []).flat()]));
  const [first, last] = [chart.x[0], chart.x.at(-1)];
  if (range === null || first === undefined || last === undefined) return null;
  const yAxis = niceAxis(Math.min(range[0], chart.floor ?? range[0]), Math.max(range[1], chart.ceiling ?? range[1]));
  const xAxis = stepAxis(first, last);
  const x = linearScale(xAxis, CHART.left, CHART.width - CHART.right);
  const y = linearScale(yAxis, CHART.height - CHART.bottom, CHART.top);
  const at = chart.x.map(x);
  return html`<svg class="chart" viewBox="0 0 ${CHART.width} ${CHART.height}" role="img" aria-label="${chart.label}">
${axes(xAxis, yAxis, x, y, chart.format)}
${chart.series.map((series) => (series.band === undefined ? nothing : bandOf(series, series.band, at, y)))}
${chart.series.map((series) => lineOf(series, at, y))}
${at.map((left, index) => column(chart, index, at, left, y))}
</svg>`;
}

type Scale = (value: number) => number;

/** Grid and labels, shared by every chart with a vertical axis. */
export function axes(xAxis: Axis, yAxis: Axis, x: Scale, y: Scale, format: (value: Figure) => string): Markup {
  const { left, right, width, height, bottom } = CHART;
  return html`<g class="grid">${yAxis.ticks.map((tick) => html`<path d="M${left} ${y(tick)}H${width - right}"/>`)}</g>
<g class="ticks">${yAxis.ticks.map((tick) => html`<text x="${left - 6}" y="${y(tick) + 3.5}" text-anchor="end">${tickName(format(tick))}</text>`)}
${xAxis.ticks.map((tick) => html`<text x="${x(tick)}" y="${height - bottom + 16}" text-anchor="middle">${compact(tick)}</text>`)}</g>
<path class="axis" d="M${left} ${height - bottom}H${width - right}"/>`;
}

function lineOf(series: ChartSeries, at: readonly number[], y: Scale): Markup {
  const runs = measuredRuns(series.values);
  const few = series.values.filter(isMeasured).length <= 12;
  const d = runs
    .filter((run) => run.length > 1)
    .map((run) =>
      run.map(([index, value], i) => `${i === 0 ? "M" : "L"}${coordinate(at[index])} ${coordinate(y(value))}`).join(""),
    )
    .join("");
  const dots = runs.filter((run) => few || run.length === 1).flat();
  return html`<g class="s${series.colour}${series.dashed === true ? " dashed" : ""}">${d === "" ? nothing : html`<path class="line" d="${d}"/>`}${dots.map(
    ([index, value]) => html`<circle class="dot" cx="${at[index] ?? 0}" cy="${y(value)}" r="2.6"/>`,
  )}</g>`;
}

function bandOf(
  { colour }: ChartSeries,
  band: readonly (readonly [Figure, Figure])[],
  at: readonly number[],
  y: Scale,
): Markup {
  const shapes = measuredRuns(band.map(([low, high]) => (isMeasured(low) && isMeasured(high) ? 1 : null))).map(
    (run) => {
      const edge = (side: 0 | 1): string[] =>
        run.map(([index]) => `${coordinate(at[index])} ${coordinate(y(band[index]?.[side] ?? 0))}`);
      // A single point has no width to fill: a whisker says the same.
      const single = run.length === 1;
      return html`<path class="${single ? "whisker" : "band"}" d="M${[...edge(0), ...edge(1).reverse()].join("L")}${single ? "" : "Z"}"/>`;
    },
  );
  return html`<g class="s${colour}">${shapes}</g>`;
}

/** The strip of one point: invisible until pointed at. */
function column(chart: LineChart, index: number, at: readonly number[], center: number, y: Scale): Markup {
  const from = index === 0 ? CHART.left : (center + (at[index - 1] ?? center)) / 2;
  const to = index === at.length - 1 ? CHART.width - CHART.right : (center + (at[index + 1] ?? center)) / 2;
  const shown = chart.series.filter(({ values }) => isMeasured(values[index]));
  const lines = shown.map(({ name, values, band }) => {
    const around = band?.[index];
    const range = around === undefined ? "" : ` (${chart.format(around[0])} to ${chart.format(around[1])})`;
    return `${name}: ${chart.format(values[index])}${range}`;
  });
  const dots = shown.map(
    ({ colour, values }) => html`<circle class="s${colour}" cx="${center}" cy="${y(values[index] ?? 0)}" r="3.2"/>`,
  );
  const { top, height, bottom } = CHART;
  return html`<g class="hit"><title>${[chart.names[index] ?? "", ...lines].join("\n")}</title><rect x="${from}" y="${top}" width="${to - from}" height="${height - bottom - top}"/><path d="M${center} ${top}V${height - bottom}"/>${dots}</g>
`;
}

/** Runs of consecutive measured values, as [index, value]. */
function measuredRuns(values: readonly Figure[]): [number, number][][] {
  const runs: [number, number][][] = [];
  let open = false;
  for (const [index, value] of values.entries()) {
    const measured = isMeasured(value);
    if (measured && !open) runs.push([]);
    if (measured) runs.at(-1)?.push([index, value]);
    open = measured;
  }
  return runs;
}

function coordinate(value: number | undefined): string {
  return String(Math.round((value ?? 0) * 10) / 10);
}

/** 6.0 % beside 12 % is 6 %. */
function tickName(text: string): string {
  return text.replace(/(\.\d*?)0+ %$/, "$1 %").replace(". %", " %");
}

/** A swatch for legends. */
export function swatch(colour: Colour, dashed = false): Markup {
  return trusted(
    `<svg class="swatch s${colour}${dashed ? " dashed" : ""}" viewBox="0 0 18 8" aria-hidden="true"><path class="line" d="M1 4H17"/></svg>`,
  );
}

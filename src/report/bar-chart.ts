/** Histograms and counts as SVG bars, on the frame of the line charts. */
import type { Histogram } from "../algorithm/figures.ts";
import { count, type Figure, isMeasured } from "./figure-format.ts";
import { html, type Markup, nothing } from "./markup.ts";
import { type Axis, linearScale, niceAxis } from "./scale.ts";
import { axes, CHART, type Colour } from "./svg-chart.ts";

export interface Bars {
  readonly label: string;
  readonly colour: Colour;
  /** What a bar is called in the hover text. */
  readonly format: (value: Figure) => string;
  /** A value marked on the axis, such as a threshold. */
  readonly mark?: { readonly at: number; readonly name: string };
}

/** Null when there is nothing in it. */
export function histogramChart(histogram: Histogram | null, bars: Bars): Markup | null {
  if (histogram === null) return null;
  const { edges, counts } = histogram;
  const [low, high] = [edges[0], edges.at(-1)];
  const most = Math.max(0, ...counts.filter(isMeasured));
  if (!isMeasured(low) || !isMeasured(high) || high <= low || most === 0) return null;
  const axis = niceAxis(low, high, 5);
  const cells = counts.map((value, i) => ({
    from: edges[i] ?? low,
    to: edges[i + 1] ?? high,
    value,
    name: `${bars.format(edges[i])} to ${bars.format(edges[i + 1])}`,
  }));
  return barChart(cells, axis, most, bars);
}

/** One bar a whole number: `counts[i]` is how many have the value `first + i`. */
export function countChart(counts: readonly number[], first: number, bars: Bars): Markup | null {
  const most = Math.max(0, ...counts.filter(isMeasured));
  if (most === 0) return null;
  const every = Math.max(1, Math.ceil(counts.length / 12));
  const ticks = counts.map((_, i) => first + i).filter((_, i) => i % every === 0);
  const axis = { low: first - 0.5, high: first + counts.length - 0.5, ticks };
  const cells = counts.map((value, i) => ({
    from: first + i - 0.42,
    to: first + i + 0.42,
    value,
    name: bars.format(first + i),
  }));
  return barChart(cells, axis, most, bars);
}

interface Cell {
  readonly from: number;
  readonly to: number;
  readonly value: number;
  readonly name: string;
}

function barChart(cells: readonly Cell[], xAxis: Axis, most: number, bars: Bars): Markup {
  const { left, right, top, bottom, width, height } = CHART;
  const yAxis = niceAxis(0, most);
  const x = linearScale(xAxis, left, width - right);
  const y = linearScale(yAxis, height - bottom, top);
  const shown = cells.filter(({ value }) => isMeasured(value) && value > 0);
  return html`<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${bars.label}">
${axes(xAxis, yAxis, x, y, count)}
<g class="s${bars.colour}">${shown.map(
    ({ from, to, value, name }) =>
      html`<g class="bar hit"><title>${`${name}\n${count(value)}`}</title><rect x="${x(from) + 0.6}" y="${y(value)}" width="${Math.max(1, x(to) - x(from) - 1.2)}" height="${y(0) - y(value)}" rx="1"/></g>`,
  )}</g>
${bars.mark === undefined ? nothing : mark(bars.mark, x, xAxis)}
</svg>`;
}

function mark(
  { at, name }: { readonly at: number; readonly name: string },
  x: (value: number) => number,
  axis: Axis,
): Markup {
  if (at < axis.low || at > axis.high) return nothing;
  const after = x(at) < CHART.width * 0.7;
  return html`<g class="mark"><path d="M${x(at)} ${CHART.top}V${CHART.height - CHART.bottom}"/><text x="${x(at) + (after ? 5 : -5)}" y="${CHART.top + 9}" text-anchor="${after ? "start" : "end"}">${name}</text></g>`;
}

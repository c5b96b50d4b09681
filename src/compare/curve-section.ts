/** Learning curves: up to four methods share a chart; more of them have one each, beside the first method (dashed). */
import { html, type Markup, nothing } from "../report/markup.ts";
import { chartCard } from "../report/chart-card.ts";
import { isMeasured } from "../report/figure-format.ts";
import { type ChartSeries, type Colour, lineChart, swatch } from "../report/svg-chart.ts";
import { bandOver, type Band, binCount } from "./curve-bins.ts";
import { type CurveRow, curveRows } from "./figures.ts";
import type { Results } from "./results.ts";

const TOGETHER = 4;
const COLOURS: readonly Colour[] = [1, 2, 3, 4];

interface MethodBand {
  readonly name: string;
  readonly band: readonly Band[];
}

export function curveSection({ cells, methods, settings }: Results): Markup {
  const withSteps = cells.filter(({ curves }) => curves.spent.length > 0);
  if (withSteps.length === 0) return nothing;
  const bins = binCount(withSteps);
  const { amount, unit } = settings.budget;
  const at = Array.from({ length: bins }, (_, bin) => ((bin + 0.5) / bins) * amount);
  const cards = curveRows.flatMap((curve) => {
    const bands = methods.map(({ name }) => ({
      name,
      band: bandOver(
        withSteps.filter(({ method }) => method === name),
        curve.id,
        bins,
      ),
    }));
    return groupsOf(bands).map((shown) => card(curve, shown, at, bands.length > TOGETHER, unit));
  });
  return html`<section id="curves"><h2>Curves</h2><p class="lead">Over the budget, in ${unit === "calls" ? "tool calls" : unit}: mean of the seeds, with one standard deviation on either side.</p><div class="grid-cards">${cards}</div></section>`;
}

/** The lines of each chart. */
function groupsOf(bands: readonly MethodBand[]): (readonly MethodBand[])[] {
  const [first, ...others] = bands;
  if (first === undefined || bands.length <= TOGETHER) return [bands];
  return others.map((other) => [other, first]);
}

function card(
  curve: CurveRow,
  shown: readonly MethodBand[],
  at: readonly number[],
  beside: boolean,
  unit: string,
): Markup {
  const series = shown.map(
    ({ name, band }, index): ChartSeries => ({
      name,
      colour: beside && index === 1 ? 5 : (COLOURS[index] ?? 1),
      dashed: beside && index === 1,
      values: band.map((entry) => entry.mean),
      ...(beside && index === 1 ? {} : { band: band.map(({ low, high }) => [low, high] as const) }),
    }),
  );
  const chart = lineChart({
    label: `${curve.title}: ${curve.caption}`,
    x: at,
    names: at.map((value) => `at ${Math.round(value).toLocaleString("en")} ${unit}`),
    series,
    ...(curve.floor === undefined ? {} : { floor: curve.floor }),
    ...(curve.ceiling === undefined ? {} : { ceiling: curve.ceiling }),
    format: curve.format,
  });
  const legend = series.map(
    ({ name, colour, dashed, values }) =>
      html`<li>${swatch(colour, dashed === true)}<span>${name}</span> <b>${curve.format(values.findLast(isMeasured))}</b></li>`,
  );
  const title = beside ? `${curve.title}: ${shown[0]?.name ?? ""}` : curve.title;
  return chartCard({
    title,
    rule: curve.rule,
    caption: curve.caption,
    legend: html`<ul class="legend">${legend}</ul>`,
    chart,
  });
}

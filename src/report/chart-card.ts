/** A chart in its frame: title, rule, legend with the last values, caption. */
import { type Curve, drawCurve } from "./curve.ts";
import { html, type Markup } from "./markup.ts";
import { swatch } from "./svg-chart.ts";

export interface Card {
  readonly title: string;
  readonly rule: string;
  readonly caption: string;
  /** One element, empty or not: cards of a row are aligned part by part. */
  readonly legend: Markup;
  readonly chart: Markup | null;
}

export function chartCard({ title, rule, caption, legend, chart }: Card): Markup {
  return html`<figure class="card plot"><div class="card-head"><h3>${title}</h3><span class="rule">${rule}</span></div>
${legend}
${chart ?? html`<p class="empty">nothing to measure yet</p>`}
<figcaption>${caption}</figcaption></figure>
`;
}

/** A curve over rows; `order` is named in the caption of branch figures (AEPO-R9). */
export function curveCard<Row extends { readonly step: number }>(
  curve: Curve<Row>,
  rows: readonly Row[],
  order: string | null,
): Markup {
  const { chart, last, merged } = drawCurve(curve, rows);
  const named = curve.ordered === true ? ` Order: ${order ?? "not recorded"}.` : "";
  const thinned = merged > 1 ? ` A point is the mean of ${merged} steps.` : "";
  const items = curve.series.flatMap(({ name, colour, dashed }, index) => {
    const value = last[index];
    // A series that was never measured (Pass@5 between the ends, say) would only be noise in the legend.
    if (value === undefined && curve.series.length > 1) return [];
    return [html`<li>${swatch(colour, dashed)}<span>${name}</span> <b>${curve.format(value)}</b></li>`];
  });
  const legend = html`<ul class="legend">${chart === null ? [] : items}</ul>`;
  return chartCard({
    ...curve,
    caption: `${curve.caption}${named}${thinned}`,
    legend,
    chart,
  });
}

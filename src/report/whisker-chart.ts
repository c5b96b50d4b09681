/** Estimates with their intervals on one scale from 0 to 1: a dot and a whisker a row, rows in pairs before → after. */
import { fixed, interval } from "./figure-format.ts";
import { html, type Markup, nothing } from "./markup.ts";
import { linearScale } from "./scale.ts";

export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface WhiskerPair {
  readonly name: string;
  readonly before: Estimate | null;
  readonly after: Estimate | null;
}

const SIZE = {
  width: 440,
  left: 66,
  right: 46,
  pair: 58,
  top: 8,
  axis: 24,
} as const;

export function whiskerChart(pairs: readonly WhiskerPair[]): Markup {
  const height = SIZE.top + pairs.length * SIZE.pair + SIZE.axis;
  const x = linearScale({ low: 0, high: 1 }, SIZE.left, SIZE.width - SIZE.right);
  const base = height - SIZE.axis;
  const ticks = [0, 0.2, 0.4, 0.6, 0.8, 1];
  return html`<svg class="chart whiskers" viewBox="0 0 ${SIZE.width} ${height}" role="img" aria-label="${pairs.map(spoken).join("; ")}">
<g class="grid">${ticks.map((tick) => html`<path d="M${x(tick)} ${SIZE.top}V${base}"/>`)}</g>
<g class="ticks">${ticks.map((tick) => html`<text x="${x(tick)}" y="${base + 16}" text-anchor="middle">${fixed(tick, 1)}</text>`)}</g>
${pairs.map((pair, index) => pairOf(pair, SIZE.top + index * SIZE.pair, x))}
</svg>`;
}

function pairOf({ name, before, after }: WhiskerPair, top: number, x: (value: number) => number): Markup {
  const [first, second] = [top + 19, top + 41];
  return html`<text class="row-name" x="0" y="${top + 34}">${name}</text>
${before === null ? nothing : row(before, "before", "s5", first, x)}
${after === null ? nothing : row(after, "after", "s1", second, x)}`;
}

function row(estimate: Estimate, name: string, colour: string, y: number, x: (value: number) => number): Markup {
  const { value, low, high } = estimate;
  return html`<g class="estimate ${colour}"><title>${`${name}: ${fixed(value)}\n95 % interval ${interval(low, high)}`}</title>
<rect class="strike" x="${x(0)}" y="${y - 9}" width="${x(1) - x(0)}" height="18"/>
<path class="whisker" d="M${x(low)} ${y}H${x(high)}M${x(low)} ${y - 4}V${y + 4}M${x(high)} ${y - 4}V${y + 4}"/>
<circle class="dot" cx="${x(value)}" cy="${y}" r="5"/></g>
<text class="row-value" x="${SIZE.width}" y="${y + 4}" text-anchor="end">${fixed(value)}</text>`;
}

function spoken({ name, before, after }: WhiskerPair): string {
  const say = (estimate: Estimate | null): string =>
    estimate === null ? "not measured" : `${fixed(estimate.value)} (${interval(estimate.low, estimate.high)})`;
  return `${name} before ${say(before)}, after ${say(after)}`;
}

/** Estimates of many methods on one scale: a name, a dot with its whisker and the value a row. For differences 0 is marked. */
import { isMeasured } from "../report/figure-format.ts";
import { html, type Markup, nothing } from "../report/markup.ts";
import { extent, linearScale, niceAxis } from "../report/scale.ts";
import type { Interval } from "./estimate.ts";

export interface ForestRow {
  readonly name: string;
  readonly value: number | null;
  readonly interval: Interval | null;
  /** What is said of it. */
  readonly words: string;
  /** Drawn in the colour of a claim. */
  readonly strong?: boolean;
}

export interface Forest {
  readonly label: string;
  readonly rows: readonly ForestRow[];
  /** The scale covers these. */
  readonly covers: readonly number[];
  readonly format: (value: number) => string;
}

const SIZE = { width: 520, name: 150, right: 14, row: 26, top: 6, axis: 24 } as const;

export function forestChart({ label, rows, covers, format }: Forest): Markup | null {
  const range = extent([...covers, ...rows.flatMap(({ value, interval }) => [value, interval?.low, interval?.high])]);
  if (range === null || rows.every(({ value }) => value === null)) return null;
  const axis = niceAxis(range[0], range[1], 5);
  const height = SIZE.top + rows.length * SIZE.row + SIZE.axis;
  const x = linearScale(axis, SIZE.name, SIZE.width - SIZE.right);
  const base = height - SIZE.axis;
  const zero = axis.low < 0 && axis.high > 0;
  return html`<svg class="chart forest" viewBox="0 0 ${SIZE.width} ${height}" role="img" aria-label="${label}">
<g class="grid">${axis.ticks.map((tick) => html`<path d="M${x(tick)} ${SIZE.top}V${base}"/>`)}</g>
<g class="ticks">${axis.ticks.map((tick) => html`<text x="${x(tick)}" y="${base + 16}" text-anchor="middle">${format(tick)}</text>`)}</g>
${zero ? html`<g class="mark"><path d="M${x(0)} ${SIZE.top}V${base}"/></g>` : nothing}
${rows.map((row, index) => rowOf(row, SIZE.top + (index + 0.5) * SIZE.row, x))}
</svg>`;
}

function rowOf({ name, value, interval, words, strong }: ForestRow, y: number, x: (value: number) => number): Markup {
  const label = html`<text class="row-name" x="0" y="${y + 4}">${shortened(name)}</text>`;
  if (!isMeasured(value)) return html`${label}<text x="${SIZE.name + 4}" y="${y + 4}">–</text>`;
  const whisker =
    interval === null
      ? nothing
      : html`<path class="whisker" d="M${x(interval.low)} ${y}H${x(interval.high)}M${x(interval.low)} ${y - 4}V${y + 4}M${x(interval.high)} ${y - 4}V${y + 4}"/>`;
  return html`${label}<g class="estimate ${strong === true ? "s2" : "s1"}"><title>${`${name}: ${words}`}</title>
<rect class="strike" x="${SIZE.name}" y="${y - 11}" width="${SIZE.width - SIZE.name}" height="22"/>${whisker}
<circle class="dot" cx="${x(value)}" cy="${y}" r="4"/></g>
`;
}

const NAME_LENGTH = 22;

function shortened(name: string): string {
  return name.length > NAME_LENGTH ? `${name.slice(0, NAME_LENGTH - 1)}…` : name;
}

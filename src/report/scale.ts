/** Axes: round ticks that cover a range, and the linear map onto it. */
import { type Figure, isMeasured } from "./figure-format.ts";

export interface Axis {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
}

/** Steps of 1, 2, 2.5 or 5 × 10^n, about `wanted` of them, from the last tick below `low` to the first above `high`. */
export function niceAxis(low: number, high: number, wanted = 4): Axis {
  const [from, to] = opened(low, high);
  const step = niceStep((to - from) / wanted);
  const first = Math.floor(from / step + 1e-9);
  const last = Math.ceil(to / step - 1e-9);
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => tidy((first + i) * step));
  return { low: ticks[0] ?? from, high: ticks.at(-1) ?? to, ticks };
}

/** Ticks for a count of steps: whole numbers within the range; the axis ends where the data do. */
export function stepAxis(low: number, high: number, wanted = 5): Axis {
  const [from, to] = opened(low, high);
  const step = Math.max(1, Math.round(niceStep((to - from) / wanted)));
  const ticks: number[] = [];
  for (let tick = Math.ceil(from / step) * step; tick <= to + 1e-9; tick += step) ticks.push(tick);
  return { low: from, high: to, ticks };
}

/** Smallest and largest of the figures that were measured; null if none was. */
export function extent(values: Iterable<Figure>): readonly [number, number] | null {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!isMeasured(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? [low, high] : null;
}

/** The linear map of an axis onto [from, to]. */
export function linearScale(
  { low, high }: Pick<Axis, "low" | "high">,
  from: number,
  to: number,
): (value: number) => number {
  const width = high - low;
  return (value) => (width === 0 ? (from + to) / 2 : from + ((value - low) / width) * (to - from));
}

function opened(low: number, high: number): readonly [number, number] {
  if (high > low) return [low, high];
  const room = low === 0 ? 1 : Math.abs(low) * 0.5;
  return [low - room, low + room];
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const lead = rough / power;
  return power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 2.5 ? 2.5 : lead <= 5 ? 5 : 10);
}

/** 3 × 0.1 is 0.3. */
function tidy(value: number): number {
  return Number(value.toPrecision(12));
}

/** Shares as papers print them: per cent with one digit, the interval behind. */
import { fixed } from "../figure-format.ts";

interface Share {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export function points(value: number | null | undefined): string {
  return fixed(value == null ? value : value * 100, 1);
}

/** "47.6 (38.1 to 57.2)"; a dash where nothing could be measured. */
export function share(figure: Share | null): string {
  return figure === null ? points(null) : `${points(figure.value)} (${points(figure.low)} to ${points(figure.high)})`;
}

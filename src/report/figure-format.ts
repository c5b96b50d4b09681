/** Figures as they are read, in the report and in the terminal. What was not measured is a dash, never NaN or 0. */

/** JSON writes what is not a number as null, and old files lack fields. */
export type Figure = number | null | undefined;

const NOT_MEASURED = "–";

export function isMeasured(value: Figure): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

export function fixed(value: Figure, digits = 2): string {
  if (!isMeasured(value)) return NOT_MEASURED;
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}

export function signed(value: Figure, digits = 2): string {
  const text = fixed(value, digits);
  return isMeasured(value) && Number(value.toFixed(digits)) > 0 ? `+${text}` : text;
}

/** A share as per cent: enough digits that small shares do not read as none. */
export function percent(value: Figure): string {
  if (!isMeasured(value)) return NOT_MEASURED;
  const scaled = value * 100;
  const digits = Math.abs(scaled) >= 10 || scaled === 0 ? 0 : Math.abs(scaled) >= 1 ? 1 : 2;
  return `${fixed(scaled, digits)} %`;
}

export function count(value: Figure): string {
  return isMeasured(value) ? Math.round(value).toLocaleString("en").replace("-", "−") : NOT_MEASURED;
}

/** Three significant digits, short: 0.0123, 12.3, 1.23k, 4.56M. */
export function compact(value: Figure): string {
  if (!isMeasured(value)) return NOT_MEASURED;
  const size = Math.abs(value);
  if (size >= 999_500) return `${trimmed(value / 1e6)}M`;
  if (size >= 9_995) return `${trimmed(value / 1e3)}k`;
  if (size !== 0 && size < 0.0005) return value.toExponential(1).replaceAll("-", "−");
  return trimmed(value);
}

export function interval(low: Figure, high: Figure): string {
  return `${fixed(low)} to ${fixed(high)}`;
}

export function duration(seconds: Figure): string {
  if (!isMeasured(seconds)) return NOT_MEASURED;
  if (seconds < 10) return `${fixed(seconds, 1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (value: number): string => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

function trimmed(value: number): string {
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : 4;
  return fixed(Number(value.toFixed(digits)), digits)
    .replace(/(\.\d*?)0+$/, "$1")
    .replace(/\.$/, "");
}

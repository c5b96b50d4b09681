/** How long a server asks to be left alone: `Retry-After` in seconds, or `retry-after-ms`. A date is not used by any of them. */
import type { HttpAnswer } from "./transport.ts";

/** A server cannot make a client wait longer than this between two tries. */
const MAX_MS = 300_000;

export function retryAfterMs({ headers }: Pick<HttpAnswer, "headers">): number | null {
  const ms = positive(headers["retry-after-ms"]);
  if (ms !== null) return Math.min(ms, MAX_MS);
  const seconds = positive(headers["retry-after"]);
  return seconds === null ? null : Math.min(seconds * 1000, MAX_MS);
}

function positive(value: string | string[] | undefined): number | null {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
  return Number.isFinite(number) && number >= 0 ? number : null;
}

/** What a provider's refusal means: its status in words, its own sentence, and whether and when to try again. */
import { ToolFailure } from "../../tools/tool-failure.ts";
import { systemClock } from "../../std/clock.ts";

export interface Refused {
  readonly provider: string;
  readonly host: string;
  readonly status: number;
  readonly headers: Headers;
  /** The body, with no key in it. */
  readonly said: string;
  readonly waitMs?: ((headers: Headers) => number | null) | undefined;
  readonly meaning?: Readonly<Record<number, string>> | undefined;
}

const BUSY = [408, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529];
/** A quota that is whole again later than that is none to wait for. */
const LONGEST_WAIT_MS = 3_600_000;

export function refusal({ provider, host, status, headers, said, waitMs, meaning }: Refused): ToolFailure {
  const sentence = sentenceOf(said);
  const failed = `${provider} (${host}) ${meaning?.[status] ?? meaningOf(status)}${sentence === "" ? "" : `: ${sentence}`}`;
  const wait = retryAfterMs(headers) ?? waitMs?.(headers) ?? null;
  const retryable = BUSY.includes(status) && (wait === null || wait <= LONGEST_WAIT_MS);
  return new ToolFailure(failed, { retryable, ...(retryable && wait !== null ? { retryAfterMs: wait } : {}) });
}

function meaningOf(status: number): string {
  if (status === 401 || status === 403 || status === 407) return `refuses the key (status ${status})`;
  if (status === 402 || status === 432 || status === 433) return `says that the plan is used up (status ${status})`;
  if (status === 429) return "says that there were too many requests (status 429)";
  if (status >= 300 && status < 400) return `sends elsewhere (status ${status}), which is not followed: check baseUrl`;
  return `answers with status ${status}`;
}

/** Seconds, or a date by the wall clock. */
function retryAfterMs(headers: Headers): number | null {
  const value = headers.get("retry-after");
  if (value === null) return null;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const ms = Date.parse(value) - Date.parse(systemClock.timestamp());
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

/** The server's own sentence, wherever it put it: one line, short. A page for browsers says nothing to us. */
function sentenceOf(said: string): string {
  let value: unknown = said;
  try {
    value = JSON.parse(said);
  } catch {
    if (/^\s*</.test(said)) return "";
  }
  for (const key of ["error", "detail", "message", "error"]) {
    if (typeof value === "object" && value !== null && key in value)
      value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return typeof value === "string"
    ? value
        .replaceAll(/[\s\p{Cc}]+/gu, " ")
        .trim()
        .slice(0, 200)
    : "";
}

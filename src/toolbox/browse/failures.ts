/** What went wrong between here and a server, in words for the policy, and whether another try may help. */
import { type IncomingMessage, STATUS_CODES } from "node:http";
import { messageOf } from "../../std/errors.ts";
import { ToolFailure } from "../../tools/tool-failure.ts";

/** Faults of the moment. */
const PASSING = ["ECONNRESET", "ECONNREFUSED", "ETIMEDOUT", "EPIPE", "EAI_AGAIN", "ENETUNREACH", "EHOSTUNREACH"];
const RETRY_STATUSES = [408, 425, 429];

export function statusFailure(url: URL, { statusCode = 0, headers }: IncomingMessage): ToolFailure {
  const retryable = statusCode >= 500 || RETRY_STATUSES.includes(statusCode);
  const seconds = Number(headers["retry-after"] ?? Number.NaN);
  return new ToolFailure(`HTTP ${statusCode} ${STATUS_CODES[statusCode] ?? ""}`.trim() + `: ${url.href}`, {
    retryable,
    ...(retryable && Number.isFinite(seconds) && seconds >= 0 ? { retryAfterMs: seconds * 1000 } : {}),
  });
}

/** Leaves what is already in words as it is. */
export function networkFailure(url: URL, thrown: unknown): unknown {
  const code = codeOf(thrown);
  if (code === null || thrown instanceof ToolFailure) return thrown;
  return new ToolFailure(sentence(url, code, thrown), { retryable: PASSING.includes(code), cause: thrown });
}

function sentence(url: URL, code: string, thrown: unknown): string {
  if (code === "ENOTFOUND") return `there is no host ${url.hostname}`;
  if (code === "EAI_AGAIN") return `the host ${url.hostname} cannot be looked up now`;
  if (code === "ECONNREFUSED") return `${url.host} takes no connections`;
  if (code === "ECONNRESET") return `${url.host} broke the connection`;
  if (code.startsWith("Z_") || code.startsWith("ERR_BROTLI") || code.startsWith("ERR__ERROR")) {
    return `the body of ${url.href} cannot be decompressed`;
  }
  return `${url.host}: ${messageOf(thrown) || code}`;
}

function codeOf(thrown: unknown): string | null {
  if (!(thrown instanceof Error) || !("code" in thrown)) return null;
  return typeof thrown.code === "string" && thrown.name !== "AbortError" ? thrown.code : null;
}

/**
 * One request until it is answered for good: a request that never reached the server, or that the server had no time for, is sent
 * again. A request whose answer was lost may have been carried out; whether it may be sent again is asked of the caller.
 */
import type { Connection, Lane } from "../connection.ts";
import { TinkerFailure } from "../failure.ts";
import { NetworkFault } from "../http/network-fault.ts";
import { refusal, SESSION_GONE } from "../http/refusal.ts";
import type { HttpAnswer, HttpRequest } from "../http/transport.ts";
import { Patience } from "./patience.ts";

export interface ExchangeOptions {
  /** For messages: "forward_backward". */
  readonly doing: string;
  readonly signal: AbortSignal;
  readonly lane?: Lane;
  /** Whether it may be sent again after a lost answer. Default: always, for what changes nothing or is the same twice. */
  readonly repeatable?: () => boolean | Promise<boolean>;
  /** Statuses that the caller wants to see instead of a failure. */
  readonly accept?: (answer: HttpAnswer) => boolean;
  readonly unreachableMs?: number;
  readonly onBusy?: (answer: HttpAnswer) => void;
}

export type OpenRequest = Omit<HttpRequest, "timeoutMs" | "signal">;

const BUSY = new Set([408, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529]);
/** From something between: the server behind it may have read the request. */
const PERHAPS_SENT = new Set([502, 504, 520, 522, 524]);

/** A 2xx answer, or one that the caller accepts. Rejects with TinkerFailure or the signal's reason. */
export async function exchange(
  connection: Connection,
  request: OpenRequest,
  options: ExchangeOptions,
): Promise<HttpAnswer> {
  const { doing, signal, lane = "calls", repeatable = () => true, accept = () => false } = options;
  const patience = new Patience(connection, doing, signal, options.unreachableMs);
  const timeoutMs = connection.settings.timeouts.requestMs;
  for (;;) {
    const answer = await tried(() => connection.send(lane, { ...request, timeoutMs, signal }));
    if (answer instanceof NetworkFault) {
      if (answer.sent && !(await repeatable())) throw answerLost(doing, answer.message, answer);
      await patience.afterFault(answer);
      continue;
    }
    if ((answer.status >= 200 && answer.status < 300) || accept(answer)) return answer;
    if (!BUSY.has(answer.status)) throw failureOf(connection, doing, answer);
    if (PERHAPS_SENT.has(answer.status) && !(await repeatable())) throw answerLost(doing, `status ${answer.status}`);
    options.onBusy?.(answer);
    await patience.afterBusy(answer);
  }
}

/** The answer, or the fault that there was instead. */
export async function tried(work: () => Promise<HttpAnswer>): Promise<HttpAnswer | NetworkFault> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof NetworkFault) return thrown;
    throw thrown;
  }
}

/** A failure; one that says that the session is gone ends it for all later calls, too. */
export function failureOf(connection: Connection, doing: string, answer: HttpAnswer): TinkerFailure {
  const failure = refusal(doing, answer);
  if (failure.reason === SESSION_GONE.reason) connection.endSession(failure.message);
  return failure;
}

function answerLost(doing: string, why: string, cause?: unknown): TinkerFailure {
  return new TinkerFailure(`${doing}: the request was sent but its answer was lost (${why})`, {
    reason: "unreachable",
    effect: "unknown",
    expected: "a server that knows a repeated request by its number, where an answer can be lost",
    fix: "resume the run: a fresh model loads the last checkpoint",
    ...(cause === undefined ? {} : { cause }),
  });
}

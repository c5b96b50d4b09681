/**
 * The result of a submitted request. A server holds the question until there is one, for minutes; it is asked again every 45 s, so
 * that nothing between gives up on a silent connection. A failure that the server reports is final: it is never asked again.
 */
import { futureAnswer } from "../../../protocol/messages/future.ts";
import { sleep } from "../../../std/until-aborted.ts";
import type { Connection } from "../connection.ts";
import { TinkerFailure } from "../failure.ts";
import { errorText } from "../http/error-text.ts";
import { NetworkFault } from "../http/network-fault.ts";
import { computationFailure } from "../http/refusal.ts";
import type { HttpAnswer } from "../http/transport.ts";
import { failureOf, tried } from "./exchange.ts";
import { Patience } from "./patience.ts";

const MAX_SHORT_BYTES = 65_536;

export interface FutureOptions {
  readonly doing: string;
  readonly signal: AbortSignal;
  /** Whether a protobuf answer can be read. */
  readonly protobuf: boolean;
}

/** The server has forgotten a promise before it was kept (410): the original request may be sent again. */
export class PromiseExpired extends Error {
  constructor(doing: string) {
    super(`${doing}: the server has let the promise expire`);
    this.name = "PromiseExpired";
  }
}

/** The answer that holds the result: JSON, or protobuf if it says so. */
export async function futureResult(
  connection: Connection,
  requestId: string,
  options: FutureOptions,
): Promise<HttpAnswer> {
  const { doing, signal, protobuf } = options;
  const { resultMs } = connection.settings.timeouts;
  const startedMs = connection.clock.nowMs();
  const patience = new Patience(connection, doing, signal);
  for (;;) {
    const askedMs = connection.clock.nowMs();
    if (askedMs - startedMs >= resultMs) throw late(doing, requestId, resultMs);
    const answer = await tried(() => poll(connection, requestId, protobuf, signal, resultMs - (askedMs - startedMs)));
    const verdict = answer instanceof NetworkFault ? faultVerdict(answer) : verdictOf(connection, doing, answer);
    if (typeof verdict === "object") return verdict;
    if (verdict === "again") patience.relieved();
    // Asked at once again only if the server had held the question: an answer in no time would make a storm of them.
    if (verdict === "again" && connection.clock.nowMs() - askedMs < 20) await sleep(20, signal);
    if (verdict === "pause") await patience.wait(null);
    if (verdict === "busy")
      await (answer instanceof NetworkFault ? patience.afterFault(answer) : patience.afterBusy(answer));
  }
}

async function poll(
  connection: Connection,
  requestId: string,
  protobuf: boolean,
  signal: AbortSignal,
  leftMs: number,
): Promise<HttpAnswer> {
  return connection.send("polls", {
    method: "POST",
    path: "/api/v1/retrieve_future",
    headers: {
      "content-type": "application/json",
      // Exactly as the SDK says it: some servers compare. A server without protobuf answers in JSON all the same.
      accept: protobuf ? "application/x-protobuf" : "application/json",
    },
    body: JSON.stringify({ request_id: requestId }),
    timeoutMs: Math.max(1, Math.min(connection.settings.timeouts.pollMs, leftMs)),
    signal,
  });
}

/** `again`: not yet, ask at once. `pause`: not yet, ask later. `busy`: the question itself was not answered. */
type Verdict = HttpAnswer | "again" | "pause" | "busy";

function faultVerdict(fault: NetworkFault): Verdict {
  return fault.timedOut ? "again" : "busy";
}

function verdictOf(connection: Connection, doing: string, answer: HttpAnswer): Verdict {
  const { status } = answer;
  if (status >= 200 && status < 300) return isJson(answer) ? jsonVerdict(doing, answer) : answer;
  if (status === 408) return "again";
  if (status === 425 || status === 429 || status >= 500) return "busy";
  if (status === 410) throw new PromiseExpired(doing);
  if (status === 400 || status === 422) throw computationFailure(doing, errorText(answer), status);
  throw failureOf(connection, doing, answer);
}

function jsonVerdict(doing: string, answer: HttpAnswer): Verdict {
  // Results are long and are parsed where they are understood: whatever else may be said here is short.
  if (answer.body.length > MAX_SHORT_BYTES) return answer;
  const json = parsed(answer.body);
  const said = futureAnswer(json);
  if (said.kind === "failed") throw computationFailure(doing, said.message, answer.status);
  return said.kind === "result" ? { ...answer, json } : "pause";
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return null;
  }
}

export function isJson({ headers }: HttpAnswer): boolean {
  return !String(headers["content-type"] ?? "").includes("protobuf");
}

function late(doing: string, requestId: string, resultMs: number): TinkerFailure {
  return new TinkerFailure(`${doing}: request ${requestId} was not finished in ${Math.round(resultMs / 1000)} s`, {
    reason: "late",
    effect: "unknown",
    expected: "a result within timeouts.resultMs",
    fix: "look at the server's log (a compilation, a queue of others, a worker that died), or raise the limit",
  });
}

/**
 * A request from its submit to its result: asked for again until it is there, submitted again where the server let its promise
 * expire, and once more where it failed in company: alone, unless so many are open that the server must not be emptied for one.
 */
import type { Connection } from "../connection.ts";
import { TinkerFailure } from "../failure.ts";
import type { HttpAnswer } from "../http/transport.ts";
import type { BatchGate, Ticket } from "./batch-gate.ts";
import { futureResult, type FutureOptions, PromiseExpired } from "./future.ts";

/** How often an expired promise is renewed. */
const MAX_RENEWALS = 2;

export interface Computation extends FutureOptions {
  readonly gate: BatchGate;
  readonly ticket: Ticket;
  readonly requestId: string;
  /** Sends the very same request again: same number, same body. */
  readonly renew: () => Promise<string>;
  /** Submits it once more as a new request; null if it would no longer mean the same. */
  readonly resubmit: () => Promise<string | null>;
}

/** The answer that holds the result. The ticket is given back, whatever happens. */
export async function computed(connection: Connection, computation: Computation): Promise<HttpAnswer> {
  const { gate, ticket, requestId } = computation;
  try {
    return await withRenewals(connection, requestId, computation);
  } catch (thrown) {
    gate.leave(ticket);
    if (!ticket.company || !(thrown instanceof TinkerFailure) || thrown.reason !== "failed") throw thrown;
    const crowded = gate.isCrowded;
    const again = (): Promise<HttpAnswer> => onceMore(connection, computation, thrown, crowded ? "" : " alone");
    return await (crowded ? again() : gate.inSolitude(again));
  } finally {
    gate.leave(ticket);
  }
}

async function onceMore(
  connection: Connection,
  computation: Computation,
  first: TinkerFailure,
  alone: "" | " alone",
): Promise<HttpAnswer> {
  const { doing, signal } = computation;
  signal.throwIfAborted();
  const requestId = await computation.resubmit();
  if (requestId === null)
    throw new TinkerFailure(`${first.message}\n  It was not tried again${alone}: its model has taken a step since.`, {
      reason: "failed",
    });
  connection.counters.resubmitted++;
  connection.notice(
    "poisoned batch",
    `${doing} failed beside other requests (${first.message}) and was submitted again${alone}: another request of its batch may be bad`,
  );
  return withRenewals(connection, requestId, computation);
}

/** The result of a request that nobody shares a batch with: optim_step, saves, create_model. */
export async function withRenewals(
  connection: Connection,
  requestId: string,
  { renew, ...options }: FutureOptions & { readonly renew?: () => Promise<string> },
): Promise<HttpAnswer> {
  let id = requestId;
  for (let renewals = 0; ; renewals++) {
    try {
      return await futureResult(connection, id, options);
    } catch (thrown) {
      if (!(thrown instanceof PromiseExpired)) throw thrown;
      if (renewals === MAX_RENEWALS || renew === undefined)
        throw new TinkerFailure(thrown.message, { reason: "lost", effect: "unknown", status: 410 });
      id = await renew();
    }
  }
}

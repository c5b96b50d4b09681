/** What can go wrong with a server, as one error class: the reason says what is lost, and so what a caller can do. */
import { AepoError, type ErrorDetails } from "../../std/errors.ts";

/**
 * `invalid`: refused here or there because of what it asks; the same again fails again. `failed`: the server could not compute it.
 * `stale`: a sampler older than its model. `expired`: the session, and every model in it, is gone. `model-lost`: this model is
 * gone (the server was restarted, or unloaded it). `lost`: the server no longer knows the request. `unreachable`: no answer after
 * all retries. `late`: not finished within the total wait. `unauthorized`: the key. `unpaid`: the service wants money.
 * `exists`: a checkpoint of that name. `closed`: the client was closed.
 */
export type FailureReason =
  | "invalid"
  | "failed"
  | "stale"
  | "expired"
  | "model-lost"
  | "lost"
  | "unreachable"
  | "late"
  | "unauthorized"
  | "unpaid"
  | "exists"
  | "closed";

export interface FailureFacts extends ErrorDetails {
  readonly reason: FailureReason;
  /** Whether the request may have taken effect on the server. Default "none". */
  readonly effect?: "none" | "unknown";
  /** HTTP status of the answer, if there was one. */
  readonly status?: number;
}

export class TinkerFailure extends AepoError {
  readonly reason: FailureReason;
  readonly effect: "none" | "unknown";
  readonly status: number | null;

  constructor(what: string, facts: FailureFacts) {
    super("policy", what, facts);
    this.name = "TinkerFailure";
    this.reason = facts.reason;
    this.effect = facts.effect ?? "none";
    this.status = facts.status ?? null;
  }
}

/** A check of the protocol before anything is sent, as a failure of the call. */
export function checked<T>(doing: string, check: () => T): T {
  try {
    return check();
  } catch (thrown) {
    if (thrown instanceof TinkerFailure || !(thrown instanceof AepoError)) throw thrown;
    const [what = ""] = thrown.message.split("\n");
    throw new TinkerFailure(`${doing}: ${what}`, { ...thrown.details, reason: "invalid" });
  }
}

/**
 * A call that failed for a reason outside the call itself: the server was busy, the network broke, a key was refused. It says
 * whether another try may go better; what tries again (around a tool) reads these two fields and nothing else.
 */

export interface FailureDetails {
  /** Another try of the same call may go better. */
  readonly retryable: boolean;
  /** How long whoever refused asks us to wait. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

export class ToolFailure extends Error {
  readonly retryable: boolean;
  readonly retryAfterMs?: number;

  constructor(message: string, { retryable, retryAfterMs, cause }: FailureDetails) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "ToolFailure";
    this.retryable = retryable;
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
  }
}

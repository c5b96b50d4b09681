/** How often and how long one request is tried: a state of one exchange. Every wait ends with the client, the call, or an error. */
import { sleep } from "../../../std/until-aborted.ts";
import type { Connection } from "../connection.ts";
import { TinkerFailure } from "../failure.ts";
import type { NetworkFault } from "../http/network-fault.ts";
import { refusal } from "../http/refusal.ts";
import { retryAfterMs } from "../http/retry-after.ts";
import type { HttpAnswer } from "../http/transport.ts";

/** The same answer to the same request: "Internal Server Error" is what SkyRL says to a body that it cannot read, too. */
const MAX_SERVER_ERRORS = 4;
/** Longest wait between two tries, as a multiple of the first. */
const MAX_GROWTH = 100;

export class Patience {
  private readonly connection: Connection;
  private readonly doing: string;
  private readonly signal: AbortSignal;
  private readonly startedMs: number;
  private readonly unreachableMs: number;
  private waits = 0;
  private serverErrors = 0;
  private unreachableSinceMs: number | undefined;

  constructor(connection: Connection, doing: string, signal: AbortSignal, unreachableMs?: number) {
    this.connection = connection;
    this.doing = doing;
    this.signal = signal;
    this.startedMs = connection.clock.nowMs();
    this.unreachableMs = unreachableMs ?? connection.settings.timeouts.reconnectMs;
  }

  /** Nobody answered. */
  async afterFault(fault: NetworkFault): Promise<void> {
    const { origin } = this.connection.settings;
    const nowMs = this.connection.clock.nowMs();
    this.unreachableSinceMs ??= nowMs;
    const unreachable = nowMs - this.unreachableSinceMs;
    if (fault.permanent || unreachable >= this.unreachableMs)
      throw new TinkerFailure(`${this.doing}: no answer from ${origin}: ${fault.message}`, {
        reason: "unreachable",
        fix: `check that the server runs and that its address is right; it was tried for ${Math.round(unreachable / 1000)} s`,
        cause: fault,
      });
    await this.wait(null);
  }

  /** The server answered that it cannot now: 408, 425, 429, 5xx. */
  async afterBusy(answer: HttpAnswer): Promise<void> {
    this.unreachableSinceMs = undefined;
    if (answer.status === 500 && ++this.serverErrors >= MAX_SERVER_ERRORS) throw refusal(this.doing, answer);
    if (this.connection.clock.nowMs() - this.startedMs >= this.connection.settings.timeouts.resultMs)
      throw refusal(`${this.doing} (tried ${this.waits + 1} times)`, answer);
    await this.wait(retryAfterMs(answer));
  }

  /** A good answer came that is not yet the last: what counts in a row begins again. */
  relieved(): void {
    this.waits = 0;
    this.serverErrors = 0;
    this.unreachableSinceMs = undefined;
  }

  /** The next wait of a growing row, or as long as the server asks. */
  async wait(askedMs: number | null): Promise<void> {
    const { firstRetryMs } = this.connection.settings.timeouts;
    const grown = firstRetryMs * Math.min(2 ** this.waits++, MAX_GROWTH);
    this.connection.counters.retries++;
    await sleep(Math.max(askedMs ?? 0, grown), this.signal);
  }
}

/**
 * What every call of one client shares: connections, time limits, the state of the session, counters. It sends one request and
 * says what came back; patience is `calls/exchange.ts`.
 */
import type { Clock } from "../../std/clock.ts";
import { TinkerFailure } from "./failure.ts";
import { SESSION_GONE } from "./http/refusal.ts";
import type { HttpAnswer, HttpRequest, Transport } from "./http/transport.ts";
import type { Heartbeat } from "./session/heartbeat.ts";
import type { Settings } from "./settings.ts";
import type { ClientLedger } from "./tinker-client.ts";

export type Counters = { -readonly [K in keyof ClientLedger]: ClientLedger[K] };

/** `polls` are requests that the server holds until a result is there: they must not keep a submit waiting for a connection. */
export type Lane = "calls" | "polls";

export class Connection {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly counters: Counters = {
    requests: 0,
    polls: 0,
    retries: 0,
    resubmitted: 0,
    bytesSent: 0,
    bytesReceived: 0,
    samplesRunning: 0,
    samplesWaiting: 0,
    wire: null,
  };
  private readonly lanes: Readonly<Record<Lane, Transport>>;
  private readonly closing = new AbortController();
  private readonly noticed = new Set<string>();
  private heartbeat: Heartbeat | undefined;
  private ended: string | undefined;

  constructor(settings: Settings, lanes: Readonly<Record<Lane, Transport>>) {
    this.settings = settings;
    this.clock = settings.clock;
    this.lanes = lanes;
  }

  /** Fires when the client is closed. */
  get closed(): AbortSignal {
    return this.closing.signal;
  }

  beatWith(heartbeat: Heartbeat): void {
    this.heartbeat = heartbeat;
  }

  /** Throws if no call can succeed any more, and says why. */
  check(): void {
    this.closing.signal.throwIfAborted();
    if (this.heartbeat?.expired === true) this.ended ??= "its heartbeat was answered with 404";
    if (this.ended !== undefined)
      throw new TinkerFailure(`the session at ${this.settings.origin} has ended: ${this.ended}`, SESSION_GONE);
    const { failuresInRow = 0 } = this.heartbeat ?? {};
    if (failuresInRow >= 3)
      this.notice("heartbeats", `the server has not answered ${failuresInRow} heartbeats in a row`);
  }

  /** The server said so in an answer. */
  endSession(why: string): void {
    this.ended ??= why;
  }

  async send(lane: Lane, request: HttpRequest): Promise<HttpAnswer> {
    this.check();
    this.counters.requests++;
    if (lane === "polls") this.counters.polls++;
    this.counters.bytesSent += request.body?.length ?? 0;
    const answer = await this.lanes[lane].send(request);
    this.counters.bytesReceived += answer.body.length;
    return answer;
  }

  /** Tells the owner once a cause. */
  notice(cause: string, message: string): void {
    if (this.noticed.has(cause)) return;
    this.noticed.add(cause);
    this.settings.onNotice(message);
  }

  /** Open calls reject, later ones are refused. */
  endCalls(): void {
    this.closing.abort(new TinkerFailure("the client of the server was closed", { reason: "closed" }));
  }

  /** The same connections for what is still to be said after `endCalls`. */
  farewell(): Connection {
    return new Connection(this.settings, this.lanes);
  }

  async close(): Promise<void> {
    this.endCalls();
    await this.heartbeat?.stop();
    await Promise.all([this.lanes.calls.close(), this.lanes.polls.close()]);
  }
}

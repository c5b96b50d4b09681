/**
 * A server that is kept alive. Calls share one connection; when it crashes, hangs or answers nonsense, the calls it takes with it
 * fail, and the next call starts it again: at once the first time, then after waits that double, and not at all after too many
 * in a row. What state the server kept is lost with it.
 */
import type { CallToolResult, Tool as McpTool } from "@modelcontextprotocol/client";
import { type Clock, systemClock } from "../../std/clock.ts";
import { messageOf } from "../../std/errors.ts";
import { sleep, untilAborted, withDeadline } from "../../std/until-aborted.ts";
import { LateFailure } from "../../tools/late-failure.ts";
import { ToolFailure } from "../../tools/tool-failure.ts";
import { type Connection, connect } from "./connection.ts";
import type { McpOptions } from "./options.ts";
import { serverFault } from "./server-fault.ts";
import type { ServerStart } from "./start-server.ts";

const MOST_BACK_OFF_MS = 30_000;
/** A call waits this long for a restart; beyond, it fails at once and says when to try again. */
const WAITS_MS = 2000;
/** A server that does not answer a ping within this time hangs. */
const PING_MS = 5000;
/** The time limit is ours. */
const NO_LIMIT_MS = 2 ** 31 - 1;

export type CallLimits = Pick<McpOptions, "startTimeoutMs" | "timeoutMs" | "restarts" | "backOffMs">;

/** A connection, or one that is being made, and the calls on it. */
interface Running {
  readonly connection: Promise<Connection>;
  calls: number;
  /** No call is given to it any more. */
  isLeft: boolean;
}

export class RestartingServer {
  private readonly start: ServerStart;
  private readonly limits: CallLimits;
  private readonly clock: Clock;
  private readonly closing = new AbortController();
  private running: Running;
  /** Faults since the last answer, and the last of them. */
  private faults = 0;
  private lastFault = "";
  private retryAtMs = 0;

  constructor(start: ServerStart, limits: CallLimits, first: Connection, clock: Clock = systemClock) {
    this.start = start;
    this.limits = limits;
    this.clock = clock;
    this.running = this.run(Promise.resolve(first));
  }

  /** Rejects with what the policy is shown. */
  async call(tool: McpTool, given: Record<string, unknown>, outer: AbortSignal): Promise<CallToolResult> {
    const { timeoutMs } = this.limits;
    const late = (): Error => new LateFailure(`${this.start.name} gave no answer within ${timeoutMs} ms`);
    return withDeadline(outer, timeoutMs, late, async (signal) => {
      const running = this.current();
      running.calls += 1;
      try {
        const connection = await untilAborted(signal, () => running.connection);
        return await this.ask(running, connection, tool, given, signal);
      } finally {
        running.calls -= 1;
        if (running.isLeft && running.calls === 0) void this.end(running);
      }
    });
  }

  async close(): Promise<void> {
    this.closing.abort(new Error(`${this.start.name} is closed`));
    this.running.isLeft = true;
    await this.end(this.running);
  }

  private async ask(
    running: Running,
    connection: Connection,
    tool: McpTool,
    given: Record<string, unknown>,
    signal: AbortSignal,
  ): Promise<CallToolResult> {
    try {
      const options = { signal, timeout: NO_LIMIT_MS, toolDefinition: tool };
      const result = await connection.client.callTool({ name: tool.name, arguments: given }, options);
      this.faults = 0;
      return result;
    } catch (thrown) {
      if (signal.aborted) {
        // Slow, or hanging? Nobody waits for the answer.
        void this.checked(running, connection);
        throw thrown;
      }
      const { failure, server } = serverFault(this.start.name, connection.ending(), thrown);
      if (server === "well") this.faults = 0;
      if (server === "odd" || server === "gone") this.leave(running, failure.message);
      if (server === "gone") connection.kill();
      throw failure;
    }
  }

  private async checked(running: Running, connection: Connection): Promise<void> {
    if (running.isLeft || (await connection.isAlive(PING_MS)) || running.isLeft) return;
    this.leave(running, `${this.start.name} hangs`);
    connection.kill();
  }

  /** The connection for the next call; a new one after a fault. Throws where it is too early for one, or too late. */
  private current(): Running {
    this.closing.signal.throwIfAborted();
    if (!this.running.isLeft) return this.running;
    const { restarts } = this.limits;
    if (this.faults > restarts) {
      throw new ToolFailure(`${this.start.name} is given up after ${restarts} restarts: ${this.lastFault}`, {
        retryable: false,
      });
    }
    const waitMs = Math.max(0, this.retryAtMs - this.clock.nowMs());
    if (waitMs > WAITS_MS) {
      const seconds = Math.ceil(waitMs / 1000);
      const message = `${this.start.name} is down, and started again in ${seconds} s: ${this.lastFault}`;
      throw new ToolFailure(message, { retryable: true, retryAfterMs: waitMs });
    }
    this.running = this.run(this.restarted(waitMs));
    return this.running;
  }

  private async restarted(waitMs: number): Promise<Connection> {
    const { signal } = this.closing;
    if (waitMs > 0) await sleep(waitMs, signal);
    try {
      return await connect(this.start, this.limits.startTimeoutMs, signal);
    } catch (thrown) {
      throw new ToolFailure(messageOf(thrown), { retryable: true, cause: thrown });
    }
  }

  private run(connection: Promise<Connection>): Running {
    const running: Running = { connection, calls: 0, isLeft: false };
    connection.then(
      (made) => made.onEnd(() => this.leave(running, `${this.start.name} ${made.ending()}`)),
      (thrown: unknown) => this.leave(running, messageOf(thrown)),
    );
    return running;
  }

  /** No more calls for it; those that run may end. Counted once. */
  private leave(running: Running, fault: string): void {
    if (running.isLeft) return;
    running.isLeft = true;
    this.faults += 1;
    this.lastFault = fault;
    const backOffMs = this.faults === 1 ? 0 : this.limits.backOffMs * 2 ** (this.faults - 2);
    this.retryAtMs = this.clock.nowMs() + Math.min(backOffMs, MOST_BACK_OFF_MS);
    if (running.calls === 0) void this.end(running);
  }

  private async end({ connection }: Running): Promise<void> {
    await connection.then(
      async (made) => made.close(),
      () => undefined,
    );
  }
}

/**
 * Results that are asked for later. Whoever asks waits until the result is there or its patience ends; one that was handed
 * over stays for a while, since the answer may have been lost on its way.
 */
import type { Clock } from "../../std/clock.ts";
import type { FutureResult } from "./future-result.ts";
import { TinkerError, tinkerErrorOf } from "./tinker-error.ts";

type Outcome = { readonly result: FutureResult } | { readonly error: TinkerError };

interface Future {
  readonly id: string;
  outcome: Outcome | null;
  /** Resolves with the outcome. */
  readonly settled: Promise<void>;
  settledMs: number | null;
  retrievedMs: number | null;
}

export interface FutureOptions {
  readonly clock: Clock;
  /** Of ids: never that of an earlier server, whose clients may still ask. */
  readonly prefix: string;
  /** How long a result stays once it was handed over. */
  readonly keepMs: number;
  /** Results that nobody has asked for yet, and requests that wait or run. */
  readonly most: number;
  /** Takes errors that are the server's own fault. */
  report(thrown: unknown): void;
}

export class Futures {
  private readonly options: FutureOptions;
  private readonly futures = new Map<string, Future>();
  private submitted = 0;

  constructor(options: FutureOptions) {
    this.options = options;
  }

  /** Throws 429 where too much waits already: before anything is begun. */
  checkRoom(): void {
    this.sweep();
    if (this.futures.size < this.options.most) return;
    throw new TinkerError(
      429,
      `${this.futures.size} requests wait or have results that nobody has asked for: try later`,
      {
        "retry-after": "1",
      },
    );
  }

  /** The id under which the result of `work` is asked for. */
  add(work: Promise<FutureResult>): string {
    const id = `${this.options.prefix}${String(++this.submitted).padStart(7, "0")}`;
    const settle = (outcome: Outcome): void => {
      future.outcome = outcome;
      future.settledMs = this.options.clock.nowMs();
    };
    const future: Future = {
      id,
      outcome: null,
      settledMs: null,
      retrievedMs: null,
      settled: work.then(
        (result) => settle({ result }),
        (thrown: unknown) => {
          const error = tinkerErrorOf(thrown);
          if (error.status >= 500) this.options.report(thrown);
          settle({ error });
        },
      ),
    };
    this.futures.set(id, future);
    return id;
  }

  /** Null when `waitMs` have passed, or `signal` fires; throws what the work failed with, or 404. */
  async retrieve(id: string, waitMs: number, signal: AbortSignal): Promise<FutureResult | null> {
    const future = this.futures.get(id);
    if (future === undefined) throw new TinkerError(404, "Future not found");
    if (future.outcome === null) await patient(future.settled, waitMs, signal);
    const { outcome } = future;
    if (outcome === null) return null;
    future.retrievedMs ??= this.options.clock.nowMs();
    if ("error" in outcome) throw outcome.error;
    return outcome.result;
  }

  private sweep(): void {
    const now = this.options.clock.nowMs();
    const isOver = (since: number | null, ms: number): boolean => since !== null && now - since > ms;
    for (const { id, retrievedMs, settledMs } of this.futures.values()) {
      if (isOver(retrievedMs, this.options.keepMs) || isOver(settledMs, ABANDONED_MS)) this.futures.delete(id);
    }
  }
}

/** After this nobody will ask for a result. */
const ABANDONED_MS = 30 * 60_000;

function patient(work: Promise<void>, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal.addEventListener("abort", finish, { once: true });
    if (signal.aborted) finish();
    void work.then(finish);
  });
}

/**
 * How many calls run at once, and how many begin in any span of time. Both in one queue: taken apart, a call that has its turn
 * by rate and then waits for a free place would begin at another time than it was counted at. The queue is first come, first
 * served; a call whose signal fires leaves it.
 *
 * Time given up is free again at once, even if the tool ignores its signal: a tool that hangs must not hold up the rest.
 */
import PQueue from "p-queue";
import { type Around, wrapped } from "./around.ts";

export interface LimitOptions {
  readonly concurrency?: number | undefined;
  readonly rate?: { readonly calls: number; readonly perMs: number } | undefined;
}

/** One limit for all tools it is put around. */
export function limit({ concurrency, rate }: LimitOptions): Around {
  const queue = new PQueue({
    ...(concurrency === undefined ? {} : { concurrency }),
    // Strict: never more in any span, not just in spans that begin at the queue's own marks.
    ...(rate === undefined ? {} : { intervalCap: rate.calls, interval: rate.perMs, strict: true }),
  });
  return (tool) =>
    wrapped(
      tool,
      (inner) => (input, context) => queue.add(async () => inner(input, context), { signal: context.signal }),
    );
}

/** Time of the simulated engine: real time, so many times as fast. */
import { systemClock } from "../../src/std/clock.ts";

export interface SimClock {
  nowMs(): number;
  /** Calls back after so many simulated milliseconds; none is at once, in a later turn of the event loop. */
  after(ms: number, work: () => void): () => void;
}

export function simClock(speedup: number): SimClock {
  const startedMs = systemClock.nowMs();
  return {
    nowMs: () => (systemClock.nowMs() - startedMs) * speedup,
    after(ms, work) {
      if (ms <= 0) {
        const soon = setImmediate(work);
        return () => clearImmediate(soon);
      }
      const timer = setTimeout(work, ms / speedup);
      return () => clearTimeout(timer);
    },
  };
}

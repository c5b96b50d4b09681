/** The one place where time is read. Everything else takes a `Clock`, so that a test or a replay can set it. */

export interface Clock {
  /** Monotonic milliseconds, for durations. */
  nowMs(): number;
  /** Wall-clock time, ISO 8601, for headers. */
  timestamp(): string;
}

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  timestamp: () => new Date().toISOString(),
};

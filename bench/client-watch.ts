/** What a client costs this process: processor time, memory at its highest, and how late the event loop was. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { systemClock } from "../src/std/clock.ts";

export interface ClientCost {
  readonly seconds: number;
  /** Of all threads of the process. */
  readonly cpuSeconds: number;
  readonly rssMiB: { readonly before: number; readonly peak: number };
  readonly heapPeakMiB: number;
  /** How much later than asked a timer fired. */
  readonly lagMs: { readonly median: number; readonly p99: number; readonly most: number };
}

const LOOK_MS = 100;
const RESOLUTION_MS = 5;
const MIB = 2 ** 20;

export function watchClient(): () => ClientCost {
  const startedMs = systemClock.nowMs();
  const cpu = process.cpuUsage();
  const before = process.memoryUsage.rss() / MIB;
  let [peak, heapPeak] = [before, 0];
  const look = (): void => {
    const { rss, heapUsed } = process.memoryUsage();
    peak = Math.max(peak, rss / MIB);
    heapPeak = Math.max(heapPeak, heapUsed / MIB);
  };
  const timer = setInterval(look, LOOK_MS).unref();
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  return () => {
    look();
    clearInterval(timer);
    delay.disable();
    const { user, system } = process.cpuUsage(cpu);
    const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
    return {
      seconds: (systemClock.nowMs() - startedMs) / 1000,
      cpuSeconds: (user + system) / 1e6,
      rssMiB: { before, peak },
      heapPeakMiB: heapPeak,
      lagMs: { median: late(delay.percentile(50)), p99: late(delay.percentile(99)), most: late(delay.max) },
    };
  };
}

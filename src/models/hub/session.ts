/** Options of a download, and what they become with the environment and the platform behind them. */
import { setTimeout as sleep } from "node:timers/promises";
import { statfs } from "node:fs/promises";
import { type Clock, systemClock } from "../../std/clock.ts";
import { hubEnvironment, type HubEnvironment } from "./environment.ts";

export interface DownloadProgress {
  readonly file: string;
  /** Which of how many files, from 1. */
  readonly index: number;
  readonly files: number;
  /** On the disk so far, those of an earlier try included. */
  readonly bytes: number;
  readonly total: number;
  /** Of this try. */
  readonly bytesPerSecond: number;
}

export interface HubOptions extends Partial<HubEnvironment> {
  readonly signal?: AbortSignal;
  /** Called at most ten times a second for a file, and at its end. */
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Things a user may want to know: a retry, a wait, a cache that stands in for a Hub that cannot be reached. */
  readonly onNotice?: (text: string) => void;
  readonly clock?: Clock;
  /** Between two tries. */
  readonly wait?: (ms: number) => Promise<void>;
  /** A connection without a byte for so long is given up. */
  readonly stallMs?: number;
  readonly freeBytes?: (folder: string) => Promise<number>;
}

export type HubSession = Required<Omit<HubOptions, "signal">> & { readonly signal: AbortSignal | null };

export function hubSession(options: HubOptions): HubSession {
  const { signal = null } = options;
  return {
    onProgress: () => undefined,
    onNotice: () => undefined,
    clock: systemClock,
    wait: async (ms) => sleep(ms, undefined, signal === null ? {} : { signal }),
    stallMs: 30_000,
    freeBytes,
    ...hubEnvironment(),
    ...options,
    signal,
  };
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

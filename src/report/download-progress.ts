/**
 * The display of a download: one line that is drawn over on a terminal; elsewhere one line a file, and one every ten
 * seconds of a long one.
 */
import { createLogUpdate } from "log-update";
import picocolors from "picocolors";
import type { DownloadProgress } from "../models/hub/session.ts";
import type { Clock } from "../std/clock.ts";
import { duration } from "./figure-format.ts";
import { visibleLine } from "./visible.ts";

export interface DownloadDisplay {
  progress(progress: DownloadProgress): void;
  notice(text: string): void;
  /** Leaves the last state standing. */
  done(): void;
}

export interface DownloadDisplayOptions {
  readonly stream: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly clock: Clock;
  readonly color?: boolean;
}

const BAR = 28;
const PLAIN_EVERY_MS = 10_000;

export function downloadDisplay({ stream, clock, color }: DownloadDisplayOptions): DownloadDisplay {
  return stream.isTTY === true
    ? terminalDisplay(stream, color ?? picocolors.isColorSupported)
    : plainDisplay(stream, clock);
}

function terminalDisplay(stream: NodeJS.WritableStream, color: boolean): DownloadDisplay {
  const colors = picocolors.createColors(color);
  const update = createLogUpdate(stream);
  return {
    progress(progress) {
      const filled = Math.round(shareOf(progress) * BAR);
      const bar = colors.cyan("█".repeat(filled)) + colors.dim("░".repeat(BAR - filled));
      update(`${bar}  ${line(progress)}`);
      // A file that is whole stays on the screen.
      if (progress.bytes === progress.total) update.done();
    },
    notice(text) {
      update.clear();
      stream.write(`${colors.yellow(visibleLine(text))}\n`);
    },
    done: () => update.done(),
  };
}

function plainDisplay(stream: NodeJS.WritableStream, clock: Clock): DownloadDisplay {
  let lastMs = clock.nowMs();
  return {
    progress(progress) {
      const nowMs = clock.nowMs();
      if (progress.bytes < progress.total && nowMs - lastMs < PLAIN_EVERY_MS) return;
      lastMs = nowMs;
      stream.write(`${line(progress)}\n`);
    },
    notice: (text) => void stream.write(`${visibleLine(text)}\n`),
    done: () => undefined,
  };
}

/** `2/3  model.safetensors  120.0 MB of 1.2 GB  30.1 MB/s  36 s left`. */
function line(progress: DownloadProgress): string {
  const { file, index, files, bytes, total, bytesPerSecond } = progress;
  const whole = bytes === total;
  const left = bytesPerSecond > 0 && !whole ? [`${duration((total - bytes) / bytesPerSecond)} left`] : [];
  const amount = whole ? byteSize(total) : `${byteSize(bytes)} of ${byteSize(total)}`;
  const speed = bytesPerSecond > 0 ? [`${byteSize(bytesPerSecond)}/s`] : [];
  return [`${index}/${files}`, visibleLine(file), amount, ...speed, ...left].join("  ");
}

function shareOf({ bytes, total }: DownloadProgress): number {
  return total === 0 ? 1 : bytes / total;
}

export function byteSize(bytes: number): string {
  const units: readonly (readonly [number, string])[] = [
    [1e9, "GB"],
    [1e6, "MB"],
    [1e3, "kB"],
  ];
  const unit = units.find(([size]) => bytes >= size);
  return unit === undefined ? `${Math.round(bytes)} bytes` : `${(bytes / unit[0]).toFixed(1)} ${unit[1]}`;
}

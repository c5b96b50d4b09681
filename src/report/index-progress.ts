/** The display of an index that is made: one line that is drawn over on a terminal, elsewhere one every ten seconds. */
import { createLogUpdate } from "log-update";
import type { Clock } from "../std/clock.ts";
import { byteSize } from "./download-progress.ts";
import { count, percent } from "./figure-format.ts";

export interface IndexProgress {
  readonly documents: number;
  readonly bytes: number;
  readonly totalBytes: number;
}

export interface IndexProgressDisplay {
  progress(progress: IndexProgress): void;
  /** Leaves the last state standing. */
  done(): void;
}

export interface IndexProgressOptions {
  readonly stream: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly clock: Clock;
}

const PLAIN_EVERY_MS = 10_000;
const DRAWN_EVERY_MS = 100;

export function indexProgress({ stream, clock }: IndexProgressOptions): IndexProgressDisplay {
  const drawn = stream.isTTY === true;
  const update = drawn ? createLogUpdate(stream) : null;
  let lastMs = clock.nowMs();
  return {
    progress(progress) {
      const nowMs = clock.nowMs();
      if (nowMs - lastMs < (drawn ? DRAWN_EVERY_MS : PLAIN_EVERY_MS)) return;
      lastMs = nowMs;
      if (update === null) stream.write(`${line(progress)}\n`);
      else update(line(progress));
    },
    done: () => update?.done(),
  };
}

/** `12,500 documents  of files read: 30.1 MB of 120.0 MB (25 %)`. */
function line({ documents, bytes, totalBytes }: IndexProgress): string {
  const share = totalBytes === 0 ? 1 : bytes / totalBytes;
  return `${count(documents)} documents  of files read: ${byteSize(bytes)} of ${byteSize(totalBytes)} (${percent(share)})`;
}

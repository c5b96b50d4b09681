/**
 * The whole lines of a file that is appended to, and where each stands. What a killed process left of its last line is no line:
 * it is left out here and cut off before anything is written behind it. Only the longest line needs memory.
 */
import { closeSync, existsSync, openSync, readSync, statSync, truncateSync } from "node:fs";
import { withFileErrors } from "../run/failures.ts";

export interface WholeLine {
  readonly text: string;
  /** From 1. */
  readonly number: number;
  /** Where its bytes begin, and how many they are, without the line feed. */
  readonly at: number;
  readonly bytes: number;
}

const LINE_FEED = 10;
const CHUNK = 2 ** 20;

/** Nothing of a file that is not there. */
export function* wholeLines(path: string): Generator<WholeLine> {
  if (!existsSync(path)) return;
  const file = withFileErrors("read", path, () => openSync(path, "r"));
  try {
    const chunk = Buffer.allocUnsafe(CHUNK);
    let [rest, at, number]: [Buffer[], number, number] = [[], 0, 1];
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
      let from = 0;
      for (let end = indexOf(chunk, from, read); end >= 0; end = indexOf(chunk, from, read)) {
        const line = Buffer.concat([...rest, chunk.subarray(from, end)]);
        yield { text: line.toString("utf8"), number, at, bytes: line.byteLength };
        [rest, at, number, from] = [[], at + line.byteLength + 1, number + 1, end + 1];
      }
      if (from < read) rest.push(Buffer.from(chunk.subarray(from, read)));
    }
  } finally {
    closeSync(file);
  }
}

function indexOf(chunk: Buffer, from: number, read: number): number {
  const found = chunk.indexOf(LINE_FEED, from);
  return found < read ? found : -1;
}

/** Cuts off a last line that was not finished. Returns the bytes of the file then; 0 of one that is not there. */
export function cutUnfinished(path: string): number {
  if (!existsSync(path)) return 0;
  const bytes = statSync(path).size;
  let whole = 0;
  for (const { at, bytes: length } of wholeLines(path)) whole = at + length + 1;
  if (whole < bytes) withFileErrors("truncate", path, () => truncateSync(path, whole));
  return whole;
}

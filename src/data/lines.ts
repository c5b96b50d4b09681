/** The lines of a text file, gzip or not, one at a time: only the longest line needs memory. */
import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import { AepoError, messageOf } from "../std/errors.ts";
import { dataError } from "./row.ts";

export interface Line {
  readonly text: string;
  /** From 1. */
  readonly number: number;
}

/** JavaScript's longest string is twice that. */
export const MAX_TEXT_BYTES: number = 256 * 2 ** 20;
const LINE_FEED = 10;

/**
 * What is told to `onBad` is a line that is left out; without it, reading stops there. With `onReplaced` bytes that are no UTF-8 become
 * U+FFFD, and it is told the line.
 */
export async function* readLines(
  path: string,
  onBad?: (thrown: unknown) => void,
  onReplaced?: (line: number) => void,
): AsyncGenerator<Line> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let [pieces, bytes, number]: [Uint8Array[], number, number] = [[], 0, 1];
  const finish = (): Line[] => {
    const [content, at] = [Buffer.concat(pieces), number];
    [pieces, bytes, number] = [[], 0, number + 1];
    try {
      return [{ text: decode(decoder, content, path, at, onReplaced), number: at }];
    } catch (thrown) {
      if (onBad === undefined) throw thrown;
      onBad(thrown);
      return [];
    }
  };
  for await (const chunk of readBytes(path)) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      pieces.push(chunk.subarray(from, end));
      yield* finish();
      from = end + 1;
    }
    pieces.push(chunk.subarray(from));
    bytes += chunk.byteLength - from;
    if (bytes > MAX_TEXT_BYTES) throw dataError(`${path}:${number}`, `a line of more than ${MAX_TEXT_BYTES} bytes`);
  }
  if (bytes > 0) yield* finish();
}

/** The whole of a file as text. */
export async function readText(path: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of readBytes(path)) {
    pieces.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > MAX_TEXT_BYTES) {
      throw dataError(path, `more than ${MAX_TEXT_BYTES} bytes in one JSON text`, {
        fix: "write it as JSONL, one row a line",
      });
    }
  }
  return decode(new TextDecoder("utf-8", { fatal: true }), Buffer.concat(pieces), path, null);
}

/** The bytes, unpacked where the name ends in .gz. */
async function* readBytes(path: string): AsyncGenerator<Uint8Array> {
  const file = createReadStream(path, { highWaterMark: 2 ** 18 });
  try {
    if (!path.toLowerCase().endsWith(".gz")) return yield* file as AsyncIterable<Uint8Array>;
    const unpacked = createGunzip();
    file.once("error", (error) => unpacked.destroy(error));
    yield* file.pipe(unpacked) as AsyncIterable<Uint8Array>;
  } catch (thrown) {
    if (thrown instanceof AepoError) throw thrown;
    throw dataError(path, `cannot be read: ${messageOf(thrown)}`, { cause: thrown });
  } finally {
    file.destroy();
  }
}

function decode(
  decoder: TextDecoder,
  bytes: Uint8Array,
  path: string,
  line: number | null,
  onReplaced?: (line: number) => void,
): string {
  try {
    return decoder.decode(bytes);
  } catch (thrown) {
    if (onReplaced !== undefined && line !== null) {
      onReplaced(line);
      return new TextDecoder("utf-8").decode(bytes);
    }
    throw dataError(line === null ? path : `${path}:${line}`, "not UTF-8", { cause: thrown });
  }
}

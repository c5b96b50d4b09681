/** A body with `content-encoding: zstd`, decompressed up to a limit that the caller sets. Checksums are passed over. */
import { Decompress } from "fzstd";
import { AepoError, messageOf } from "../../std/errors.ts";
import { checkZstdFrames, notZstd, tooLarge } from "./zstd-frames.ts";

/** Throws before more than `mostBytes` and one block of 128 KiB are in memory. */
export function unzstd(bytes: Uint8Array, mostBytes: number): Uint8Array<ArrayBuffer> {
  checkZstdFrames(bytes, mostBytes);
  const chunks: Uint8Array[] = [];
  let length = 0;
  const stream = new Decompress((chunk) => {
    length += chunk.length;
    if (length > mostBytes) throw tooLarge(mostBytes);
    chunks.push(chunk);
  });
  try {
    stream.push(bytes, true);
  } catch (thrown) {
    throw thrown instanceof AepoError ? thrown : notZstd(messageOf(thrown));
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

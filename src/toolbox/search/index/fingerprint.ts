/** Whether a corpus is the one that an index was made of: by names, sizes and times, and where those differ by its bytes. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { CorpusFile } from "./corpus-files.ts";

/** Changes with every file that is added, removed, renamed or written. */
export function listingFingerprint(files: readonly CorpusFile[]): string {
  const hash = createHash("sha256");
  for (const { name, bytes, modifiedMs } of files) hash.update(`${name}\0${bytes}\0${modifiedMs}\n`);
  return hash.digest("hex");
}

/** Stays the same for a copy, or a file that was touched. Reads everything. */
export async function contentFingerprint(files: readonly CorpusFile[], signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  for (const { path, name, bytes } of files) {
    signal?.throwIfAborted();
    hash.update(`${name}\0${bytes}\n`);
    for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(chunk as Uint8Array);
  }
  return hash.digest("hex");
}

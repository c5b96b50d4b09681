/** Whether a corpus is the one that an index was made of: by names, sizes and times, and where those differ by its bytes. */
import { createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import type { CorpusFile } from "./corpus-files.ts";

/** Changes with every file that is added, removed, renamed or written. */
export function listingFingerprint(files: readonly CorpusFile[]): string {
  const hash = createHash("sha256");
  for (const { name, bytes, modifiedMs } of files) hash.update(`${name}\0${bytes}\0${modifiedMs}\n`);
  return hash.digest("hex");
}

/** A stream costs more than the reading of a small file. */
const SMALL = 2 ** 20;

/** Stays the same for a copy, or a file that was touched. Reads everything. */
export async function contentFingerprint(files: readonly CorpusFile[], signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  for (const [i, { path, name, bytes }] of files.entries()) {
    hash.update(`${name}\0${bytes}\n`);
    if (bytes <= SMALL) hash.update(readFileSync(path));
    else for await (const chunk of createReadStream(path, { highWaterMark: SMALL })) hash.update(chunk as Uint8Array);
    // Ctrl-C is heard between two files, now and then.
    if (i % 100 === 0) await new Promise((done) => setImmediate(done));
    signal?.throwIfAborted();
  }
  return hash.digest("hex");
}

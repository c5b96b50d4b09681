/**
 * Atomic writes: a reader, or a run resumed after kill -9, sees the old content or the new one, never a part.
 * Content goes to a temporary sibling, is flushed to the disk and renamed.
 */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileError, withFileErrors } from "./failures.ts";
import { makeFolder } from "./make-folder.ts";

/** Prefix of everything half-written; `sweep` in checkpoint.ts removes what a killed run left. */
export const TEMPORARY_PREFIX = ".writing-";

/** Writes a file so that it exists whole or not at all. */
export function writeFileAtomic(path: string, content: string | Uint8Array): void {
  const temporary = join(dirname(path), `${TEMPORARY_PREFIX}${basename(path)}`);
  withFileErrors("write", path, () => {
    makeFolder(dirname(path));
    try {
      writeFlushed(temporary, content);
      renameSync(temporary, path);
    } catch (thrown) {
      rmSync(temporary, { force: true });
      throw thrown;
    }
    flushFolder(dirname(path));
  });
}

/** Writes and flushes; on return the bytes are on the disk. */
export function writeFlushed(path: string, content: string | Uint8Array): void {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const file = openSync(path, "w");
  try {
    for (let at = 0; at < bytes.byteLength; ) at += writeSync(file, bytes, at, bytes.byteLength - at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/**
 * The bytes of a file as a plain Uint8Array. Node's Buffer is a subclass whose `slice` shares memory instead of copying:
 * it must not reach code that is written for both.
 */
export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    const { buffer, byteOffset, byteLength } = await readFile(path);
    return new Uint8Array(buffer, byteOffset, byteLength);
  } catch (thrown) {
    throw fileError("read", path, thrown);
  }
}

/** Flushes a folder's entries, where the platform allows opening folders (Windows does not). */
export function flushFolder(path: string): void {
  if (process.platform === "win32") return;
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

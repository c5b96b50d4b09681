/** Blobs as files, written and read in pieces: a model and its optimiser state need not be in memory a second time. */
import { createHash } from "node:crypto";
import { renameSync, rmSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { openFileBlob } from "../models/file-blob.ts";
import type { BlobContent, BlobReader, BlobStore } from "../policy/blob-store.ts";
import { AepoError } from "../std/errors.ts";
import { flushFolder, readBytes, TEMPORARY_PREFIX } from "./atomic.ts";
import { fileError } from "./failures.ts";

/** Bytes read at once where only their digest is wanted. */
const DIGEST_BYTES = 2 ** 22;

/** Writes and flushes; on return the bytes are on the disk. Resolves to their sha256. */
export async function writeBlob(path: string, content: BlobContent): Promise<string> {
  const hash = createHash("sha256");
  const file = await open(path, "w");
  try {
    for await (const piece of content instanceof Uint8Array ? [content] : content) {
      // The disk works while this thread hashes.
      const written = writeAll(file, piece);
      hash.update(piece);
      await written;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return hash.digest("hex");
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.byteLength; ) {
    at += (await file.write(bytes, at, bytes.byteLength - at)).bytesWritten;
  }
}

/** The same, so that the file exists whole or not at all. */
export async function writeBlobAtomic(path: string, content: BlobContent): Promise<void> {
  const temporary = join(dirname(path), `${TEMPORARY_PREFIX}${basename(path)}`);
  try {
    await writeBlob(temporary, content);
    renameSync(temporary, path);
    flushFolder(dirname(path));
  } catch (thrown) {
    rmSync(temporary, { force: true });
    throw fileError("write", path, thrown);
  }
}

export async function openBlob(path: string): Promise<BlobReader> {
  return openFileBlob(path).catch((thrown: unknown) => {
    throw fileError("read", path, thrown);
  });
}

export async function digestBlob(path: string): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const hash = createHash("sha256");
  const blob = await openBlob(path);
  try {
    const piece = (at: number): Promise<Uint8Array> => blob.read(at, Math.min(blob.bytes, at + DIGEST_BYTES));
    let next = piece(0);
    for (let at = 0; at < blob.bytes; at += DIGEST_BYTES) {
      const bytes = await next;
      // The disk works while this thread hashes.
      next = piece(Math.min(blob.bytes, at + DIGEST_BYTES));
      hash.update(bytes);
    }
    await next;
    return { sha256: hash.digest("hex"), bytes: blob.bytes };
  } finally {
    await blob.close();
  }
}

/** The files of a folder, to read. */
export function folderStore(folder: string): BlobStore {
  return {
    write: () => Promise.reject(new AepoError("run", `the model folder ${folder} is read-only`)),
    read: (name) => readBytes(join(folder, name)),
    open: (name) => openBlob(join(folder, name)),
  };
}

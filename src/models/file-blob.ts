/** A file that is read in ranges: a model's need not fit in memory. */
import { open, stat } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import type { BlobReader } from "../policy/blob-store.ts";
import { AepoError } from "../std/errors.ts";

/** Bytes of one call: Node aborts the process above 2³¹ − 1. */
const CALL_BYTES = 2 ** 30;

/** Rejects with the system's error, and if it is no file: a pipe would be waited for. */
export async function openFileBlob(path: string): Promise<BlobReader> {
  const before = await stat(path);
  if (!before.isFile()) throw new AepoError("policy", `${path} is not a file`);
  const file = await open(path, "r");
  const { size } = await file.stat();
  return {
    bytes: size,
    read: (begin, end) => readRange(path, file, begin, end),
    close: () => file.close(),
  };
}

async function readRange(path: string, file: FileHandle, begin: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(end - begin);
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, at, Math.min(CALL_BYTES, bytes.length - at), begin + at);
    if (bytesRead === 0) {
      throw new AepoError("run", `${path} ends before byte ${end}`, { exists: `${begin + at} bytes` });
    }
    at += bytesRead;
  }
  return bytes;
}

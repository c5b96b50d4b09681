/** A checkpoint as a file to take elsewhere: a gzipped tar of its adapters in the files of PEFT. */
import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import type { BlobReader, BlobStore } from "../../policy/blob-store.ts";
import { ADAPTER, ADAPTER_CONFIG } from "../../policy/peft.ts";
import { type TarFile, tarPieces } from "./tar.ts";

const PIECE_BYTES = 2 ** 20;

export async function archive(store: BlobStore, modifiedSeconds: number): Promise<ReadableStream<Uint8Array>> {
  const blobs = [await opened(store, ADAPTER_CONFIG), await opened(store, ADAPTER)];
  const pieces = Readable.from(closing(tarPieces(blobs, modifiedSeconds), blobs));
  const zipped = createGzip({ level: 1 });
  // The stream that is read fails with what it is made of.
  pieces.on("error", (error) => zipped.destroy(error));
  return Readable.toWeb(pieces.pipe(zipped)) as ReadableStream<Uint8Array>;
}

async function opened(store: BlobStore, name: string): Promise<TarFile & { readonly blob: BlobReader }> {
  const blob = await store.open(name);
  return {
    name,
    bytes: blob.bytes,
    blob,
    async *content() {
      for (let at = 0; at < blob.bytes; at += PIECE_BYTES) {
        yield await blob.read(at, Math.min(blob.bytes, at + PIECE_BYTES));
      }
    },
  };
}

async function* closing(
  pieces: AsyncIterable<Uint8Array>,
  blobs: readonly { readonly blob: BlobReader }[],
): AsyncGenerator<Uint8Array> {
  try {
    yield* pieces;
  } finally {
    for (const { blob } of blobs) await blob.close();
  }
}

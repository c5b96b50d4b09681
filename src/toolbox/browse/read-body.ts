/** A body, read up to a limit: bytes as they come, and bytes after decompression. What is beyond the limit is never read. */
import type { IncomingMessage } from "node:http";
import { pipeline, Readable, type Transform } from "node:stream";
import { constants, createBrotliDecompress, createGunzip, createInflate } from "node:zlib";

export interface Body {
  readonly bytes: Buffer;
  /** The body goes on beyond the limit. */
  readonly cut: boolean;
}

export async function readBody(response: IncomingMessage, maxBytes: number): Promise<Body> {
  const transferred = new Capped(response, maxBytes);
  const decoder = decoderOf(response.headers["content-encoding"]);
  if (decoder === null) return collected(transferred, transferred);
  const plain = new Capped(decoder, maxBytes);
  // Its errors reach whoever reads the last stream.
  pipeline(Readable.from(transferred), decoder, () => undefined);
  return collected(plain, transferred);
}

async function collected(read: Capped, transferred: Capped): Promise<Body> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of read) chunks.push(chunk);
  return { bytes: Buffer.concat(chunks), cut: read.cut || transferred.cut };
}

/** The first bytes of a stream, and whether there were more. */
class Capped implements AsyncIterable<Uint8Array> {
  cut = false;
  private readonly source: AsyncIterable<Uint8Array>;
  private readonly most: number;

  constructor(source: AsyncIterable<Uint8Array>, most: number) {
    this.source = source;
    this.most = most;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    let left = this.most;
    for await (const chunk of this.source) {
      if (chunk.length > left) {
        this.cut = true;
        yield chunk.subarray(0, left);
        return;
      }
      left -= chunk.length;
      yield chunk;
    }
  }
}

/** Streams that end early are taken as far as they go, as browsers do. */
function decoderOf(encoding: string | undefined): Transform | null {
  switch ((encoding ?? "identity").trim().toLowerCase()) {
    case "identity":
    case "":
      return null;
    case "gzip":
    case "x-gzip":
      return createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
    case "deflate":
      return createInflate({ finishFlush: constants.Z_SYNC_FLUSH });
    case "br":
      return createBrotliDecompress({ finishFlush: constants.BROTLI_OPERATION_FLUSH });
    default:
      throw new Error(`it is compressed as ${JSON.stringify(encoding)}; browse reads gzip, br and deflate`);
  }
}

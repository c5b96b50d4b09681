/** Where a policy's files go and come from: named blobs, which need not fit in memory. */

/** Named blobs, written together. The run folder implements it; so does a Map in tests. */
export interface BlobStore {
  /** `content` at once, or in pieces that are only valid until the next one is asked for. */
  write(name: string, content: BlobContent): Promise<void>;
  /** Rejects if there is no such blob. */
  read(name: string): Promise<Uint8Array>;
  /** The same in ranges. */
  open(name: string): Promise<BlobReader>;
}

export type BlobContent = Uint8Array | AsyncIterable<Uint8Array>;

export interface BlobReader {
  readonly bytes: number;
  /** Bytes of its own, from `begin` to before `end`; rejects if the blob ends before. */
  read(begin: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

/** A store in memory; `blobs` is what it holds. */
export function memoryStore(blobs = new Map<string, Uint8Array>()): BlobStore & { readonly blobs: typeof blobs } {
  const read = async (name: string): Promise<Uint8Array> => {
    const bytes = blobs.get(name);
    if (bytes === undefined) throw new RangeError(`no blob ${name}`);
    return bytes;
  };
  return {
    blobs,
    write: async (name, content) => void blobs.set(name, await wholeContent(content)),
    read,
    open: async (name) => bytesReader(await read(name)),
  };
}

export function bytesReader(all: Uint8Array): BlobReader {
  return {
    bytes: all.byteLength,
    async read(begin, end) {
      if (end > all.byteLength) throw new RangeError(`bytes ${begin} to ${end} of ${all.byteLength}`);
      return new Uint8Array(all.subarray(begin, end));
    },
    close: async () => {},
  };
}

/** Bytes of their own. */
export async function wholeContent(content: BlobContent): Promise<Uint8Array> {
  if (content instanceof Uint8Array) return new Uint8Array(content);
  const pieces: Uint8Array[] = [];
  for await (const piece of content) pieces.push(new Uint8Array(piece));
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** A tar archive (ustar) in pieces, of files that are read one after the other. */

export interface TarFile {
  /** At most 100 characters, ASCII. */
  readonly name: string;
  readonly bytes: number;
  content(): AsyncIterable<Uint8Array>;
}

const BLOCK = 512;

export async function* tarPieces(files: readonly TarFile[], modifiedSeconds: number): AsyncGenerator<Uint8Array> {
  for (const { name, bytes, content } of files) {
    yield header(name, bytes, modifiedSeconds);
    let written = 0;
    for await (const piece of content()) {
      written += piece.byteLength;
      yield piece;
    }
    if (written !== bytes) throw new RangeError(`${name} has ${written} bytes, not ${bytes}`);
    yield new Uint8Array((BLOCK - (bytes % BLOCK)) % BLOCK);
  }
  yield new Uint8Array(2 * BLOCK);
}

function header(name: string, bytes: number, modifiedSeconds: number): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const put = (at: number, text: string): void => block.set(new TextEncoder().encode(text), at);
  const octal = (x: number, digits: number): string => `${x.toString(8).padStart(digits, "0")}\0`;
  put(0, name);
  put(100, octal(0o644, 7));
  put(108, octal(0, 7));
  put(116, octal(0, 7));
  put(124, octal(bytes, 11));
  put(136, octal(modifiedSeconds, 11));
  // The sum is taken with spaces in its own place.
  put(148, "        ");
  put(156, "0");
  put(257, "ustar\0");
  put(263, "00");
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  return block;
}

/**
 * Reading forward through the first bytes of a file. What would go beyond the file, or beyond what a header may take, is refused
 * before anything is allocated for it; what merely goes beyond the bytes at hand asks for more of them.
 */
import { isUtf8 } from "node:buffer";

/** Throws. `what` was wrong, `expected` was expected. */
export type Refuse = (what: string, expected?: string) => never;

/** The bytes at hand end before the header does. */
export class MoreBytes extends Error {}

/** The largest header read; those of today's models take 2 to 20 MiB, nearly all of it vocabulary. */
const MAX_HEADER_BYTES = 128 * 1024 * 1024;

export class ByteCursor {
  at = 0;
  readonly refuse: Refuse;
  readonly #fileBytes: number;
  readonly #buffer: Buffer;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, fileBytes: number, refuse: Refuse) {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#fileBytes = fileBytes;
    this.refuse = refuse;
  }

  /** Bytes of the file that are still to come. */
  get left(): number {
    return this.#fileBytes - this.at;
  }

  u8(what: string): number {
    return this.#view.getUint8(this.take(1, what));
  }
  i8(what: string): number {
    return this.#view.getInt8(this.take(1, what));
  }
  u16(what: string): number {
    return this.#view.getUint16(this.take(2, what), true);
  }
  i16(what: string): number {
    return this.#view.getInt16(this.take(2, what), true);
  }
  u32(what: string): number {
    return this.#view.getUint32(this.take(4, what), true);
  }
  i32(what: string): number {
    return this.#view.getInt32(this.take(4, what), true);
  }
  f32(what: string): number {
    return this.#view.getFloat32(this.take(4, what), true);
  }
  f64(what: string): number {
    return this.#view.getFloat64(this.take(8, what), true);
  }
  /** A bigint where no number is exact. */
  u64(what: string): number | bigint {
    return exact(this.#view.getBigUint64(this.take(8, what), true));
  }
  i64(what: string): number | bigint {
    return exact(this.#view.getBigInt64(this.take(8, what), true));
  }

  /** A count of things that take at least `bytesEach` bytes and of which there may be `most`. */
  count(what: string, bytesEach: number, most: number): number {
    const count = this.u64(what);
    const possible = Math.min(most, Math.floor(this.left / bytesEach));
    return count <= possible ? Number(count) : this.refuse(`${what} is ${count}`, `at most ${possible}`);
  }

  text(what: string, mostBytes: number = MAX_HEADER_BYTES): string {
    const length = this.u64(`the length of ${what}`);
    const possible = Math.min(mostBytes, this.left);
    if (length > possible) this.refuse(`${what} is ${length} bytes long`, `at most ${possible}`);
    const start = this.take(Number(length), what);
    const text = this.#buffer.toString("utf8", start, this.at);
    // The replacement character stands for what is not UTF-8, unless it is there itself.
    if (text.includes("\uFFFD") && !isUtf8(this.#buffer.subarray(start, this.at))) this.refuse(`${what} is not UTF-8`);
    return text;
  }

  /** Where the next `count` bytes begin; goes past them. */
  private take(count: number, what: string): number {
    const begin = this.at;
    const end = begin + count;
    if (end > this.#fileBytes) this.refuse(`the file ends at byte ${this.#fileBytes}, within ${what}`);
    if (end > MAX_HEADER_BYTES) this.refuse(`the header goes on after ${what}`, `at most ${MAX_HEADER_BYTES} bytes`);
    if (end > this.#buffer.length) throw new MoreBytes();
    this.at = end;
    return begin;
  }
}

function exact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

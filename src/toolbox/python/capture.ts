/**
 * A stream of output as a reader gets it: however much comes, only the beginning and the end are held. What comes before the mark
 * is the output of earlier cells; it counts for `all` and is not shown.
 */
import { StringDecoder } from "node:string_decoder";

/** A text whose middle may be missing. */
class Excerpt {
  readonly #most: number;
  #head = "";
  #tail = "";
  #length = 0;

  constructor(most: number) {
    this.#most = most;
  }

  push(text: string): void {
    this.#length += text.length;
    const room = this.#most - this.#head.length;
    this.#head += text.slice(0, room);
    const rest = text.slice(room);
    if (rest !== "") this.#tail = (this.#tail + rest).slice(-this.#most);
  }

  /** At most `most` characters, two thirds of them the beginning. */
  text(): string {
    if (this.#length <= this.#most) return this.#head + this.#tail;
    const room = this.#most - notice(this.#length).length;
    const begin = Math.floor((room * 2) / 3);
    const ends = (this.#head.slice(begin) + this.#tail).slice(begin - room);
    return whole(this.#head.slice(0, begin)) + notice(this.#length - room) + whole(ends);
  }
}

function notice(count: number): string {
  return `\n… ${count} characters left out …\n`;
}

/** Without half a character at either end. */
function whole(text: string): string {
  return text.replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, "");
}

export class Capture {
  readonly #mark: Buffer;
  readonly #decoder = new StringDecoder("utf8");
  readonly #all: Excerpt;
  readonly #before: Excerpt;
  readonly #fresh: Excerpt;
  /** Bytes that may be the beginning of the mark. */
  #held = Buffer.alloc(0);
  #isFresh = false;
  #bytes = 0;

  constructor(mark: string, most: number) {
    this.#mark = Buffer.from(mark);
    this.#all = new Excerpt(most);
    this.#before = new Excerpt(most);
    this.#fresh = new Excerpt(most);
  }

  push(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    if (this.#isFresh) {
      this.#keep(chunk);
      return;
    }
    const bytes = Buffer.concat([this.#held, chunk]);
    const at = bytes.indexOf(this.#mark);
    if (at < 0) {
      const sure = Math.max(0, bytes.length - this.#mark.length + 1);
      this.#keep(bytes.subarray(0, sure));
      this.#held = bytes.subarray(sure);
      return;
    }
    this.#keep(bytes.subarray(0, at));
    this.#held = Buffer.alloc(0);
    this.#isFresh = true;
    this.#keep(bytes.subarray(at + this.#mark.length));
  }

  /** Nothing more will come. */
  end(): void {
    this.#keep(this.#held);
    this.#held = Buffer.alloc(0);
  }

  #keep(bytes: Uint8Array): void {
    // Bytes that are no UTF-8 become replacement characters.
    const text = this.#decoder.write(bytes);
    this.#all.push(text);
    (this.#isFresh ? this.#fresh : this.#before).push(text);
  }

  /** Bytes so far, the mark included. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What the new cell wrote. */
  fresh(): string {
    return this.#fresh.text();
  }

  /** What the earlier cells wrote. */
  before(): string {
    return this.#before.text();
  }

  /** What all cells wrote. */
  all(): string {
    return this.#all.text();
  }
}

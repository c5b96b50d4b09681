/** Finds stop texts in the bytes of tokens as they are drawn, wherever the tokens' borders are. Linear in what was drawn. */

/** The bytes a token stands for. */
export type TokenBytes = (id: number) => Uint8Array;

export class StopTexts {
  private readonly texts: readonly string[];
  /** The same as bytes, one character each. */
  private readonly bytes: readonly string[];
  private readonly tokenBytes: TokenBytes;
  private readonly longest: number;
  /** The last bytes drawn, one character a byte: what a text that goes on can have begun in. */
  private tail = "";

  constructor(texts: readonly string[], tokenBytes: TokenBytes) {
    const encoder = new TextEncoder();
    this.texts = texts;
    this.bytes = texts.map((text) => charactersOf(encoder.encode(text)));
    this.tokenBytes = tokenBytes;
    this.longest = Math.max(0, ...this.bytes.map((text) => text.length));
  }

  /** Takes the next token. Returns the text that ends in it, the one that ends first, or null. */
  push(id: number): string | null {
    const seen = this.tail + charactersOf(this.tokenBytes(id));
    let [first, end] = [null as string | null, Number.POSITIVE_INFINITY];
    for (const [i, bytes] of this.bytes.entries()) {
      const at = seen.indexOf(bytes);
      if (at < 0 || at + bytes.length >= end) continue;
      [first, end] = [this.texts[i] ?? null, at + bytes.length];
    }
    this.tail = this.longest > 1 ? seen.slice(1 - this.longest) : "";
    return first;
  }
}

function charactersOf(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

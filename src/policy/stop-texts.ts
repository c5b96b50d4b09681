/** Finds stop texts in the bytes of tokens as they are drawn, wherever the tokens' borders are. Linear in what was drawn. */

/** The bytes a token stands for. */
export type TokenBytes = (id: number) => Uint8Array;

export class StopTexts {
  private readonly texts: readonly string[];
  private readonly tokenBytes: TokenBytes;
  private readonly longest: number;
  /** The last bytes drawn, one character a byte: what a text that goes on can have begun in. */
  private tail = "";

  constructor(texts: readonly string[], tokenBytes: TokenBytes) {
    const encoder = new TextEncoder();
    this.texts = texts.map((text) => charactersOf(encoder.encode(text)));
    this.tokenBytes = tokenBytes;
    this.longest = Math.max(0, ...this.texts.map((text) => text.length));
  }

  /** Takes the next token; true if a text ends in it. */
  push(id: number): boolean {
    const seen = this.tail + charactersOf(this.tokenBytes(id));
    const found = this.texts.some((text) => seen.includes(text));
    this.tail = this.longest > 1 ? seen.slice(1 - this.longest) : "";
    return found;
  }
}

function charactersOf(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

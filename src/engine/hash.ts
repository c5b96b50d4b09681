/** Content hashes of graphs: 128 bits, not cryptographic, the same on every platform. */

/** Accumulates 32-bit words; `digest` is 32 hexadecimal digits. */
export class ContentHash {
  // Four lanes (cyrb128); their mixing constants differ, so the lanes do too.
  private a = 1779033703;
  private b = 3144134277;
  private c = 1013904242;
  private d = 2773480762;

  word(word: number): this {
    this.a = this.b ^ Math.imul(this.a ^ word, 597399067);
    this.b = this.c ^ Math.imul(this.b ^ word, 2869860233);
    this.c = this.d ^ Math.imul(this.c ^ word, 951274213);
    this.d = this.a ^ Math.imul(this.d ^ word, 2716044179);
    // Multiplication only carries upwards: bring the high bits down, or words that differ there would meet.
    this.a = (this.a ^ (this.a >>> 15)) | 0;
    return this;
  }

  text(text: string): this {
    for (let i = 0; i < text.length; i++) this.word(text.charCodeAt(i));
    return this.word(text.length);
  }

  bytes(bytes: Uint8Array): this {
    for (const byte of bytes) this.word(byte);
    return this.word(bytes.length);
  }

  digest(): string {
    const lanes = [
      Math.imul(this.c ^ (this.a >>> 18), 597399067),
      Math.imul(this.d ^ (this.b >>> 22), 2869860233),
      Math.imul(this.a ^ (this.c >>> 17), 951274213),
      Math.imul(this.b ^ (this.d >>> 19), 2716044179),
    ];
    return lanes.map((lane) => (lane >>> 0).toString(16).padStart(8, "0")).join("");
  }
}

/** The bytes of any typed array, without a copy. */
export function bytesOf(data: Float32Array | Int32Array | Uint8Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * Blocks of 32 numbers: a half-precision scale d, in the formats ending in 1 a half-precision least value m, the fifth bits where
 * there are any, then the integers q. Byte i of 4-bit integers holds numbers i and i + 16.
 */
import { HALF_VALUES } from "../../../policy/half-floats.ts";

/** q·d, q a signed byte. */
export function q8_0(bytes: Uint8Array, out: Float32Array): void {
  const signed = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0, to = 0; to < out.length; at += 34, to += 32) {
    const d = halfAt(bytes, at);
    for (let i = 0; i < 32; i++) out[to + i] = d * (signed[at + 2 + i] ?? 0);
  }
}

/** (q − 8)·d. */
export function q4_0(bytes: Uint8Array, out: Float32Array): void {
  for (let at = 0, to = 0; to < out.length; at += 18, to += 32) {
    const d = halfAt(bytes, at);
    for (let i = 0; i < 16; i++) {
      const pair = bytes[at + 2 + i] ?? 0;
      out[to + i] = d * ((pair & 15) - 8);
      out[to + i + 16] = d * ((pair >> 4) - 8);
    }
  }
}

/** q·d + m. */
export function q4_1(bytes: Uint8Array, out: Float32Array): void {
  for (let at = 0, to = 0; to < out.length; at += 20, to += 32) {
    const d = halfAt(bytes, at);
    const m = halfAt(bytes, at + 2);
    for (let i = 0; i < 16; i++) {
      const pair = bytes[at + 4 + i] ?? 0;
      out[to + i] = d * (pair & 15) + m;
      out[to + i + 16] = d * (pair >> 4) + m;
    }
  }
}

/** (q − 16)·d. */
export function q5_0(bytes: Uint8Array, out: Float32Array): void {
  for (let at = 0, to = 0; to < out.length; at += 22, to += 32) {
    const d = halfAt(bytes, at);
    const fifth = wordAt(bytes, at + 2);
    for (let i = 0; i < 16; i++) {
      const pair = bytes[at + 6 + i] ?? 0;
      out[to + i] = d * (((pair & 15) | (((fifth >>> i) & 1) << 4)) - 16);
      out[to + i + 16] = d * (((pair >> 4) | (((fifth >>> (i + 16)) & 1) << 4)) - 16);
    }
  }
}

/** q·d + m. */
export function q5_1(bytes: Uint8Array, out: Float32Array): void {
  for (let at = 0, to = 0; to < out.length; at += 24, to += 32) {
    const d = halfAt(bytes, at);
    const m = halfAt(bytes, at + 2);
    const fifth = wordAt(bytes, at + 4);
    for (let i = 0; i < 16; i++) {
      const pair = bytes[at + 8 + i] ?? 0;
      out[to + i] = d * ((pair & 15) | (((fifth >>> i) & 1) << 4)) + m;
      out[to + i + 16] = d * ((pair >> 4) | (((fifth >>> (i + 16)) & 1) << 4)) + m;
    }
  }
}

function halfAt(bytes: Uint8Array, at: number): number {
  return HALF_VALUES[(bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)] ?? 0;
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}

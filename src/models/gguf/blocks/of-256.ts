/**
 * Blocks of 256 numbers ("K"), in sub-blocks with integer scales of their own: number = d·scale·q − dmin·least, d and dmin
 * half-precision, scale and least six bits. Q6_K has sub-blocks of 16, signed scales of eight bits and no least value.
 */
import { HALF_VALUES } from "../../../policy/half-floats.ts";

/** d, dmin, 12 bytes of scales, 128 of 4-bit integers. */
export function q4_k(bytes: Uint8Array, out: Float32Array): void {
  for (let at = 0, to = 0; to < out.length; at += 144, to += 256) {
    const d = halfAt(bytes, at);
    const dmin = halfAt(bytes, at + 2);
    // 32 bytes hold two sub-blocks of 32: the lower four bits and the upper four.
    for (let pair = 0; pair < 4; pair++) {
      const [q, y] = [at + 16 + 32 * pair, to + 64 * pair];
      const low = d * scaleAt(bytes, at + 4, 2 * pair);
      const lowLeast = dmin * leastAt(bytes, at + 4, 2 * pair);
      const high = d * scaleAt(bytes, at + 4, 2 * pair + 1);
      const highLeast = dmin * leastAt(bytes, at + 4, 2 * pair + 1);
      for (let i = 0; i < 32; i++) {
        const both = bytes[q + i] ?? 0;
        out[y + i] = low * (both & 15) - lowLeast;
        out[y + i + 32] = high * (both >> 4) - highLeast;
      }
    }
  }
}

/** The same with 32 bytes of fifth bits before the 4-bit integers: bit k of byte i belongs to number i of sub-block k. */
export function q5_k(bytes: Uint8Array, out: Float32Array): void {
  for (let at = 0, to = 0; to < out.length; at += 176, to += 256) {
    const d = halfAt(bytes, at);
    const dmin = halfAt(bytes, at + 2);
    for (let pair = 0; pair < 4; pair++) {
      const [q, y] = [at + 48 + 32 * pair, to + 64 * pair];
      const low = d * scaleAt(bytes, at + 4, 2 * pair);
      const lowLeast = dmin * leastAt(bytes, at + 4, 2 * pair);
      const high = d * scaleAt(bytes, at + 4, 2 * pair + 1);
      const highLeast = dmin * leastAt(bytes, at + 4, 2 * pair + 1);
      for (let i = 0; i < 32; i++) {
        const both = bytes[q + i] ?? 0;
        const fifth = (bytes[at + 16 + i] ?? 0) >> (2 * pair);
        out[y + i] = low * ((both & 15) | ((fifth & 1) << 4)) - lowLeast;
        out[y + i + 32] = high * ((both >> 4) | ((fifth & 2) << 3)) - highLeast;
      }
    }
  }
}

/** 128 bytes of lower four bits, 64 of upper two, 16 signed scales, d; integers are less 32. */
export function q6_k(bytes: Uint8Array, out: Float32Array): void {
  const signed = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0, to = 0; to < out.length; at += 210, to += 256) {
    const d = halfAt(bytes, at + 208);
    for (let half = 0; half < 2; half++) {
      const [low, high, scales, y] = [at + 64 * half, at + 128 + 32 * half, at + 192 + 8 * half, to + 128 * half];
      for (let i = 0; i < 32; i++) {
        const scale = scales + (i >> 4);
        const [a, b, top] = [bytes[low + i] ?? 0, bytes[low + i + 32] ?? 0, bytes[high + i] ?? 0];
        out[y + i] = d * (signed[scale] ?? 0) * (((a & 15) | ((top & 3) << 4)) - 32);
        out[y + i + 32] = d * (signed[scale + 2] ?? 0) * (((b & 15) | ((top & 12) << 2)) - 32);
        out[y + i + 64] = d * (signed[scale + 4] ?? 0) * (((a >> 4) | (top & 48)) - 32);
        out[y + i + 96] = d * (signed[scale + 6] ?? 0) * (((b >> 4) | ((top & 192) >> 2)) - 32);
      }
    }
  }
}

/**
 * Of eight scales and eight least values in 12 bytes: the first four are the lower six bits of bytes 0–3 and 4–7, whose upper two
 * bits belong to the last four, with four more in bytes 8–11.
 */
function scaleAt(bytes: Uint8Array, at: number, k: number): number {
  if (k < 4) return (bytes[at + k] ?? 0) & 63;
  return ((bytes[at + k + 4] ?? 0) & 15) | (((bytes[at + k - 4] ?? 0) >> 6) << 4);
}

function leastAt(bytes: Uint8Array, at: number, k: number): number {
  if (k < 4) return (bytes[at + k + 4] ?? 0) & 63;
  return ((bytes[at + k + 4] ?? 0) >> 4) | (((bytes[at + k] ?? 0) >> 6) << 4);
}

function halfAt(bytes: Uint8Array, at: number): number {
  return HALF_VALUES[(bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)] ?? 0;
}

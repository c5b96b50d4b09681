/** Numbers as the formats that are written: F32, F16, Q8_0. */
import { halfOf, HALF_VALUES, writeHalves } from "../../../policy/half-floats.ts";

export type WrittenFormat = "F32" | "F16" | "Q8_0";

/** Fills `out`. Returns the index of the first number that does not fit, or −1. */
export const QUANTIZE: Readonly<Record<WrittenFormat, (values: Float32Array, out: Uint8Array) => number>> = {
  F32: (values, out) => {
    out.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    return -1;
  },
  F16: writeHalves,
  Q8_0: writeQ8,
};

/** As ggml's reference: d = largest / 127 in float32, q = round(x · (1 / d)), halves away from zero, d stored as a half. */
function writeQ8(values: Float32Array, out: Uint8Array): number {
  for (let from = 0, at = 0; from < values.length; from += 32, at += 34) {
    let largest = 0;
    for (let i = 0; i < 32; i++) {
      const size = Math.abs(values[from + i] ?? 0);
      // Also where it is not a number.
      if (!(size <= largest)) largest = size;
    }
    const d = Math.fround(largest / 127);
    const inverse = d === 0 ? 0 : Math.fround(1 / d);
    const half = halfOf(d);
    if (!Number.isFinite(HALF_VALUES[half] ?? 0)) return from;
    out[at] = half;
    out[at + 1] = half >> 8;
    for (let i = 0; i < 32; i++) {
      const scaled = Math.fround((values[from + i] ?? 0) * inverse);
      out[at + 2 + i] = scaled < 0 ? -((0.5 - scaled) | 0) : (scaled + 0.5) | 0;
    }
  }
  return -1;
}

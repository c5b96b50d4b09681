/** The formats of numbers in safetensors files, and float32 of each. Loops over whole arrays: models have 10⁸ numbers and more. */
import { HALF_VALUES } from "./half-floats.ts";
import { halvesOfBytes } from "./little-endian.ts";

/** Bytes of a number. */
export const FORMAT_BYTES = { F32: 4, F16: 2, BF16: 2 } as const;
export type NumberFormat = keyof typeof FORMAT_BYTES;
export type HalfFormat = Exclude<NumberFormat, "F32">;

/** `bytes` has two for every number of `out`. */
export function decodeHalves(format: HalfFormat, bytes: Uint8Array<ArrayBuffer>, out: Float32Array): void {
  const halves = halvesOfBytes(bytes);
  if (format === "F16") {
    for (let i = 0; i < out.length; i++) out[i] = HALF_VALUES[halves[i] ?? 0] ?? 0;
    return;
  }
  // bfloat16 is the upper half of a float32.
  const bits = new Uint32Array(out.buffer, out.byteOffset, out.length);
  for (let i = 0; i < bits.length; i++) bits[i] = (halves[i] ?? 0) << 16;
}

export function isNumberFormat(value: unknown): value is NumberFormat {
  return typeof value === "string" && Object.hasOwn(FORMAT_BYTES, value);
}

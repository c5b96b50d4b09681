/**
 * How tensors are stored: every format that is read, with its number in the file, the count of numbers a block holds, the bytes it
 * takes, and how it becomes float32. A new one is one entry.
 */
import { q4_k, q5_k, q6_k } from "./blocks/of-256.ts";
import { q4_0, q4_1, q5_0, q5_1, q8_0 } from "./blocks/of-32.ts";
import { floats, halves, upperHalves } from "./blocks/plain.ts";

export const FORMAT_NAMES = [
  "F32",
  "F16",
  "BF16",
  "Q8_0",
  "Q4_0",
  "Q4_1",
  "Q5_0",
  "Q5_1",
  "Q4_K",
  "Q5_K",
  "Q6_K",
] as const;
export type FormatName = (typeof FORMAT_NAMES)[number];

export interface BlockFormat {
  /** In the file. */
  readonly id: number;
  readonly blockLength: number;
  readonly blockBytes: number;
  /** Fills `out`, which is whole blocks long, from as many blocks. */
  readonly dequantize: (bytes: Uint8Array, out: Float32Array) => void;
}

export const BLOCK_FORMATS: Readonly<Record<FormatName, BlockFormat>> = {
  F32: { id: 0, blockLength: 1, blockBytes: 4, dequantize: floats },
  F16: { id: 1, blockLength: 1, blockBytes: 2, dequantize: halves },
  BF16: { id: 30, blockLength: 1, blockBytes: 2, dequantize: upperHalves },
  Q8_0: { id: 8, blockLength: 32, blockBytes: 34, dequantize: q8_0 },
  Q4_0: { id: 2, blockLength: 32, blockBytes: 18, dequantize: q4_0 },
  Q4_1: { id: 3, blockLength: 32, blockBytes: 20, dequantize: q4_1 },
  Q5_0: { id: 6, blockLength: 32, blockBytes: 22, dequantize: q5_0 },
  Q5_1: { id: 7, blockLength: 32, blockBytes: 24, dequantize: q5_1 },
  Q4_K: { id: 12, blockLength: 256, blockBytes: 144, dequantize: q4_k },
  Q5_K: { id: 13, blockLength: 256, blockBytes: 176, dequantize: q5_k },
  Q6_K: { id: 14, blockLength: 256, blockBytes: 210, dequantize: q6_k },
};

/** The names of formats that are not read, for messages; removed ones left out. */
const OTHER_NAMES: Readonly<Record<number, string>> = {
  9: "Q8_1",
  10: "Q2_K",
  11: "Q3_K",
  15: "Q8_K",
  16: "IQ2_XXS",
  17: "IQ2_XS",
  18: "IQ3_XXS",
  19: "IQ1_S",
  20: "IQ4_NL",
  21: "IQ3_S",
  22: "IQ2_S",
  23: "IQ4_XS",
  24: "I8",
  25: "I16",
  26: "I32",
  27: "I64",
  28: "F64",
  29: "IQ1_M",
  34: "TQ1_0",
  35: "TQ2_0",
  39: "MXFP4",
};

export function formatNumbered(id: number): FormatName | undefined {
  return FORMAT_NAMES.find((name) => BLOCK_FORMATS[name].id === id);
}

/** What to call a format that is not read. */
export function unreadName(id: number): string {
  return OTHER_NAMES[id] ?? `number ${id}`;
}

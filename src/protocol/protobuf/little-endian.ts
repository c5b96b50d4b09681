/** Lists of numbers as the bytes they are on the wire: little-endian, without padding. */
import { AepoError } from "../../std/errors.ts";
import { DTYPE } from "./numbers.ts";

export function bytesOfInt32(values: ArrayLike<number>): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  for (let i = 0; i < values.length; i++) view.setInt32(i * 4, values[i] ?? 0, true);
  return new Uint8Array(view.buffer);
}

export function bytesOfInt64(values: ArrayLike<number>): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 8));
  for (let i = 0; i < values.length; i++) view.setBigInt64(i * 8, BigInt(values[i] ?? 0), true);
  return new Uint8Array(view.buffer);
}

export function bytesOfFloat32(values: ArrayLike<number>): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  for (let i = 0; i < values.length; i++) view.setFloat32(i * 4, values[i] ?? 0, true);
  return new Uint8Array(view.buffer);
}

/** Bytes a number of this type takes; `what` for messages: "datum 3: weights". */
export function widthOf(dtype: number, what: string): number {
  const width = WIDTHS.get(dtype);
  if (width === undefined)
    throw new AepoError("policy", `${what} has numbers of type ${dtype}`, {
      expected: "1 (float32), 2 (int64), 3 (int32) or 4 (bfloat16)",
    });
  return width;
}

const WIDTHS = new Map<number, number>([
  [DTYPE.float32, 4],
  [DTYPE.int64, 8],
  [DTYPE.int32, 4],
  [DTYPE.bfloat16, 2],
]);

export function numbersOfBytes(bytes: Uint8Array, dtype: number, what: string): number[] {
  const width = widthOf(dtype, what);
  if (bytes.byteLength % width !== 0)
    throw new AepoError("policy", `${what} has ${bytes.byteLength} bytes`, {
      expected: `a multiple of ${width}, the width of one number`,
    });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.byteLength / width }, (_, index) => numberAt(view, index * width, dtype));
}

function numberAt(view: DataView, at: number, dtype: number): number {
  if (dtype === DTYPE.float32) return view.getFloat32(at, true);
  if (dtype === DTYPE.int32) return view.getInt32(at, true);
  if (dtype === DTYPE.int64) return Number(view.getBigInt64(at, true));
  // The upper half of a float32.
  const words = new DataView(new ArrayBuffer(4));
  words.setUint16(0, view.getUint16(at, true));
  return words.getFloat32(0);
}

/** The header of a GGUF file, written: version 3, tensors one after the other, each at a multiple of 32 bytes. */
import { BLOCK_FORMATS, type FormatName } from "./block-formats.ts";

/** A metadata value with its type in the file. */
export type TypedValue =
  | { readonly type: "count"; readonly value: number }
  | { readonly type: "float"; readonly value: number }
  | { readonly type: "flag"; readonly value: boolean }
  | { readonly type: "text"; readonly value: string }
  | { readonly type: "texts"; readonly value: readonly string[] }
  | { readonly type: "integers"; readonly value: readonly number[] }
  | { readonly type: "floats"; readonly value: readonly number[] };

/** In the order they are written. */
export type Entries = readonly (readonly [key: string, value: TypedValue])[];

export interface PlannedTensor {
  /** In the file. */
  readonly name: string;
  /** Outermost extent first. */
  readonly shape: readonly number[];
  readonly format: FormatName;
}

const ALIGNMENT = 32;

export function paddedBytes(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

export function tensorBytes({ shape, format }: PlannedTensor): number {
  const { blockLength, blockBytes } = BLOCK_FORMATS[format];
  return (shape.reduce((product, extent) => product * extent, 1) / blockLength) * blockBytes;
}

/** Padded: the first tensor begins where it ends. */
export function headerBytes(entries: Entries, tensors: readonly PlannedTensor[]): Uint8Array {
  const out = new GrowingBytes();
  out.bytes(new TextEncoder().encode("GGUF"));
  out.u32(3);
  out.u64(tensors.length);
  out.u64(entries.length);
  for (const [key, value] of entries) {
    out.text(key);
    writeValue(out, value);
  }
  let at = 0;
  for (const tensor of tensors) {
    out.text(tensor.name);
    out.u32(tensor.shape.length);
    for (const extent of tensor.shape.toReversed()) out.u64(extent);
    out.u32(BLOCK_FORMATS[tensor.format].id);
    out.u64(at);
    at += paddedBytes(tensorBytes(tensor));
  }
  return out.padded();
}

/** Numbers of types in the file. */
const TYPE = { u32: 4, i32: 5, f32: 6, flag: 7, text: 8, array: 9 } as const;

function writeValue(out: GrowingBytes, { type, value }: TypedValue): void {
  switch (type) {
    case "count":
      out.u32(TYPE.u32);
      return out.u32(value);
    case "float":
      out.u32(TYPE.f32);
      return out.f32(value);
    case "flag":
      out.u32(TYPE.flag);
      return out.bytes(Uint8Array.of(value ? 1 : 0));
    case "text":
      out.u32(TYPE.text);
      return out.text(value);
    case "texts":
      return writeArray(out, TYPE.text, value, (text) => out.text(text));
    case "integers":
      return writeArray(out, TYPE.i32, value, (integer) => out.u32(integer));
    case "floats":
      return writeArray(out, TYPE.f32, value, (float) => out.f32(float));
  }
}

function writeArray<T>(out: GrowingBytes, type: number, values: readonly T[], write: (value: T) => void): void {
  out.u32(TYPE.array);
  out.u32(type);
  out.u64(values.length);
  for (const value of values) write(value);
}

class GrowingBytes {
  #bytes = new Uint8Array(1 << 20);
  #length = 0;
  readonly #encoder = new TextEncoder();

  bytes(bytes: Uint8Array): void {
    const at = this.#grow(bytes.length);
    this.#bytes.set(bytes, at);
  }
  u32(value: number): void {
    const at = this.#grow(4);
    new DataView(this.#bytes.buffer).setUint32(at, value, true);
  }
  u64(value: number): void {
    const at = this.#grow(8);
    new DataView(this.#bytes.buffer).setBigUint64(at, BigInt(value), true);
  }
  f32(value: number): void {
    const at = this.#grow(4);
    new DataView(this.#bytes.buffer).setFloat32(at, value, true);
  }
  text(text: string): void {
    const bytes = this.#encoder.encode(text);
    this.u64(bytes.length);
    this.bytes(bytes);
  }
  padded(): Uint8Array {
    this.#grow(paddedBytes(this.#length) - this.#length);
    return this.#bytes.subarray(0, this.#length);
  }

  /** Where the next `count` bytes begin. */
  #grow(count: number): number {
    const begin = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return begin;
  }
}

/**
 * Safetensors files, read: whole, or one tensor at a time. The header says where the tensors are (`safetensors-header.ts`);
 * what is read is float32, whatever the file has.
 */
import type { BlobReader } from "./blob-store.ts";
import { floatsOfBytes } from "./little-endian.ts";
import {
  headerBytes,
  type HeaderOptions,
  parseSafetensorsHeader,
  refusing,
  type TensorField,
} from "./safetensors-header.ts";
import { decodeHalves, FORMAT_BYTES } from "./tensor-formats.ts";

export interface NamedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface SafetensorsFile {
  readonly tensors: ReadonlyMap<string, NamedTensor>;
  /** Free-form text of the header's `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Reads F32, F16 and BF16 tensors as float32. `source` names the file in messages. */
export function readSafetensors(file: Uint8Array, source = "the safetensors file"): SafetensorsFile {
  const size = headerBytes(file.subarray(0, 8), file.length, source);
  const body = file.subarray(8 + size);
  const { fields, metadata } = parseSafetensorsHeader(file.subarray(8, 8 + size), body.length, { source });
  const read = ({ format, begin, end }: TensorField): Float32Array => {
    // A copy whatever the kind of array: Node's Buffer is one too, and its `slice` would share memory.
    const bytes = new Uint8Array(body.subarray(begin, end));
    if (format === "F32") return floatsOfBytes(bytes);
    const data = new Float32Array(bytes.length / FORMAT_BYTES[format]);
    decodeHalves(format, bytes, data);
    return data;
  };
  return { tensors: new Map(fields.map((field) => [field.name, { shape: field.shape, data: read(field) }])), metadata };
}

/** An open file: the header is read and checked, tensors are read one at a time. */
export interface OpenSafetensors {
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly metadata: Readonly<Record<string, string>>;
  read(name: string): Promise<Float32Array>;
  close(): Promise<void>;
}

/** The same by ranges, so that a file need not fit in memory. Takes the blob over: it is closed with what is returned. */
export async function openSafetensors(
  blob: BlobReader,
  source = "the safetensors file",
  ignore?: HeaderOptions["ignore"],
): Promise<OpenSafetensors> {
  try {
    const size = headerBytes(await blob.read(0, Math.min(8, blob.bytes)), blob.bytes, source);
    const start = 8 + size;
    const options = { source, ...(ignore === undefined ? {} : { ignore }) };
    const { fields, metadata } = parseSafetensorsHeader(await blob.read(8, start), blob.bytes - start, options);
    const byName = new Map(fields.map((field) => [field.name, field]));
    return {
      shapes: new Map(fields.map(({ name, shape }) => [name, shape])),
      metadata,
      read: async (name) =>
        readNumbers(blob, start, byName.get(name) ?? refusing(source)(`there is no tensor "${name}"`)),
      close: () => blob.close(),
    };
  } catch (thrown) {
    await blob.close();
    throw thrown;
  }
}

/** Bytes of halves read and decoded at once. */
const CHUNK_BYTES = 2 ** 22;

async function readNumbers(
  blob: BlobReader,
  start: number,
  { format, begin, end }: TensorField,
): Promise<Float32Array> {
  if (format === "F32") return floatsOfBytes(await blob.read(start + begin, start + end));
  const width = FORMAT_BYTES[format];
  const data = new Float32Array((end - begin) / width);
  for (let at = begin; at < end; at += CHUNK_BYTES) {
    const next = Math.min(end, at + CHUNK_BYTES);
    const out = data.subarray((at - begin) / width, (next - begin) / width);
    decodeHalves(format, await blob.read(start + at, start + next), out);
  }
  return data;
}

/** Writes safetensors files: whole, or in pieces of one tensor, so that a model need not be in memory a second time. */
import { bytesOfFloats } from "./little-endian.ts";
import type { NamedTensor } from "./safetensors.ts";
import type { TensorReader } from "./tensor-reader.ts";

const ALIGNMENT = 8;

type Metadata = Readonly<Record<string, string>>;

/** Tensors in the map's order, float32, little-endian. */
export function writeSafetensors(tensors: ReadonlyMap<string, NamedTensor>, metadata: Metadata = {}): Uint8Array {
  const shapes = new Map([...tensors].map(([name, { shape }]) => [name, shape]));
  const start = headerOf(shapes, metadata);
  const bodyBytes = [...tensors.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
  const file = new Uint8Array(start.length + bodyBytes);
  file.set(start);
  let at = start.length;
  for (const { data } of tensors.values()) {
    file.set(bytesOfFloats(data), at);
    at += data.byteLength;
  }
  return file;
}

/** The same file in pieces; each tensor is read when its turn comes. */
export async function* safetensorsPieces(tensors: TensorReader, metadata: Metadata = {}): AsyncGenerator<Uint8Array> {
  yield headerOf(tensors.shapes, metadata);
  for (const name of tensors.shapes.keys()) yield bytesOfFloats(await tensors.read(name));
}

function headerOf(shapes: ReadonlyMap<string, readonly number[]>, metadata: Metadata): Uint8Array {
  const entries: Record<string, unknown> = { __metadata__: { format: "pt", ...metadata } };
  let end = 0;
  for (const [name, shape] of shapes) {
    const begin = end;
    end += shape.reduce((product, extent) => product * extent, 4);
    entries[name] = { dtype: "F32", shape, data_offsets: [begin, end] };
  }
  const json = new TextEncoder().encode(JSON.stringify(entries));
  const headerBytes = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const start = new Uint8Array(8 + headerBytes).fill(0x20);
  new DataView(start.buffer).setBigUint64(0, BigInt(headerBytes), true);
  start.set(json, 8);
  return start;
}

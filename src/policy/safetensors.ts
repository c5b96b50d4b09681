/**
 * Safetensors files: 8 bytes of header length, a JSON header, the tensors' bytes. Files come from strangers: every number
 * of the header is checked before anything is allocated or read by it, and each defect has its own message.
 */
import { AepoError, messageOf } from "../std/errors.ts";
import type { BlobReader } from "./blob-store.ts";
import { floatsOfBytes } from "./little-endian.ts";
import { checkJsonShape } from "./safetensors-header.ts";

export interface NamedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface SafetensorsFile {
  readonly tensors: ReadonlyMap<string, NamedTensor>;
  /** Free-form text of the header's `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Largest header read, as in the reference implementation. */
const MAX_HEADER_BYTES = 100_000_000;

/** Reads F32, F16 and BF16 tensors as float32. `source` names the file in messages. */
export function readSafetensors(file: Uint8Array, source = "the safetensors file"): SafetensorsFile {
  const refuse = refusing(source);
  const size = headerBytes(file.subarray(0, 8), file.length, refuse);
  const body = file.subarray(8 + size);
  const { fields, metadata } = layoutOf(file.subarray(8, 8 + size), body.length, refuse);
  // A copy whatever the kind of array: Node's Buffer is one too, and its `slice` would share memory.
  const read = ({ type, begin, end }: TensorField): Float32Array =>
    decode(type, new Uint8Array(body.subarray(begin, end)));
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
export async function openSafetensors(blob: BlobReader, source = "the safetensors file"): Promise<OpenSafetensors> {
  try {
    const refuse = refusing(source);
    const size = headerBytes(await blob.read(0, Math.min(8, blob.bytes)), blob.bytes, refuse);
    const start = 8 + size;
    const { fields, metadata } = layoutOf(await blob.read(8, start), blob.bytes - start, refuse);
    const byName = new Map(fields.map((field) => [field.name, field]));
    return {
      shapes: new Map(fields.map(({ name, shape }) => [name, shape])),
      metadata,
      async read(name) {
        const field = byName.get(name) ?? refuse(`there is no tensor "${name}"`);
        return decode(field.type, await blob.read(start + field.begin, start + field.end));
      },
      close: () => blob.close(),
    };
  } catch (thrown) {
    await blob.close();
    throw thrown;
  }
}

type Refuse = (what: string, expected?: string) => never;

function refusing(source: string): Refuse {
  return (what, expected) => {
    throw new AepoError("policy", `${source}: ${what}`, expected === undefined ? {} : { expected });
  };
}

/** Length of the header, from the first bytes of a file of `fileBytes`. */
function headerBytes(first: Uint8Array, fileBytes: number, refuse: Refuse): number {
  if (fileBytes < 8) refuse(`only ${fileBytes} bytes`, "8 bytes of header length and a header");
  const length = new DataView(first.buffer, first.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES)) refuse(`a header of ${length} bytes`, `at most ${MAX_HEADER_BYTES}`);
  const size = Number(length);
  if (size > fileBytes - 8) refuse(`a header of ${size} bytes in a file of ${fileBytes}`, `at most ${fileBytes - 8}`);
  return size;
}

function layoutOf(
  json: Uint8Array,
  bodyBytes: number,
  refuse: Refuse,
): { readonly fields: readonly TensorField[]; readonly metadata: Readonly<Record<string, string>> } {
  const { __metadata__: metadata, ...rest } = parseHeader(json, refuse);
  const fields = Object.entries(rest).map(([name, entry]) => tensorField(name, entry, bodyBytes, refuse));
  checkCover(fields, bodyBytes, refuse);
  return { fields, metadata: metadataOf(metadata, refuse) };
}

function parseHeader(bytes: Uint8Array, refuse: Refuse): Readonly<Record<string, unknown>> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return refuse("the header is not UTF-8");
  }
  // Before JSON.parse, which keeps the last of two equal keys and recurses into any depth.
  const problem = checkJsonShape(text);
  if (problem !== null) refuse(problem);
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (thrown) {
    return refuse(`the header is not JSON: ${messageOf(thrown)}`);
  }
  return isObject(header) ? header : refuse("the header is not an object");
}

const BYTES = { F32: 4, F16: 2, BF16: 2 } as const;
type FileType = keyof typeof BYTES;

interface TensorField {
  readonly name: string;
  readonly type: FileType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function tensorField(name: string, entry: unknown, bodyBytes: number, refuse: Refuse): TensorField {
  const tensor = `tensor "${name}"`;
  if (!isObject(entry)) return refuse(`${tensor} is not an object`);
  for (const key of Object.keys(entry)) {
    if (!["dtype", "shape", "data_offsets"].includes(key))
      refuse(`${tensor} has a field "${key}"`, "dtype, shape, data_offsets");
  }
  const type = entry["dtype"];
  if (!isFileType(type))
    return refuse(`${tensor} has dtype ${JSON.stringify(type ?? null)}`, Object.keys(BYTES).join(", "));
  const shape = countsOf(entry["shape"]);
  if (shape === undefined) return refuse(`${tensor} has shape ${show(entry["shape"])}`, "an array of counts");
  const [begin, end, ...more] = countsOf(entry["data_offsets"]) ?? [];
  if (begin === undefined || end === undefined || more.length > 0) {
    return refuse(`${tensor} has data_offsets ${show(entry["data_offsets"])}`, "[begin, end]");
  }
  if (begin > end || end > bodyBytes)
    refuse(`${tensor} is at bytes ${begin} to ${end}`, `a range within 0 to ${bodyBytes}`);
  // A product of counts may be beyond 2^53; compared as it is, it then differs from any file's size.
  const bytes = shape.reduce((product, extent) => product * extent, BYTES[type]);
  if (bytes !== end - begin) {
    refuse(`${tensor} has ${end - begin} bytes`, `${bytes} for ${type} of shape [${shape.join(", ")}]`);
  }
  return { name, type, shape, begin, end };
}

/** Every byte belongs to exactly one tensor. */
function checkCover(fields: readonly TensorField[], bodyBytes: number, refuse: Refuse): void {
  const byBegin = [...fields].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let at = 0;
  let previous = "";
  for (const { name, begin, end } of byBegin) {
    if (begin < at) refuse(`tensors "${previous}" and "${name}" overlap`);
    if (begin > at) refuse(`bytes ${at} to ${begin} belong to no tensor`);
    at = end;
    previous = name;
  }
  if (at !== bodyBytes) refuse(`bytes ${at} to ${bodyBytes} belong to no tensor`);
}

function decode(type: FileType, bytes: Uint8Array<ArrayBuffer>): Float32Array {
  if (type === "F32") return floatsOfBytes(bytes);
  const halves = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = new Float32Array(bytes.length / 2);
  const bits = new Uint32Array(1);
  const float = new Float32Array(bits.buffer);
  for (let i = 0; i < data.length; i++) {
    const half = halves.getUint16(2 * i, true);
    if (type === "BF16") {
      bits[0] = half * 0x10000;
      data[i] = float[0] ?? 0;
    } else {
      data[i] = halfToFloat(half);
    }
  }
  return data;
}

function halfToFloat(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

function metadataOf(value: unknown, refuse: Refuse): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  const entries = isObject(value) ? Object.entries(value) : refuse("__metadata__ is not an object");
  return Object.fromEntries(
    entries.map(([key, text]) => [key, typeof text === "string" ? text : refuse(`__metadata__ "${key}" is not text`)]),
  );
}

/** Non-negative integers, few of them. */
function countsOf(value: unknown): number[] | undefined {
  if (!Array.isArray(value) || value.length > 16) return undefined;
  const counts: number[] = [];
  for (const count of value as unknown[]) {
    if (typeof count !== "number" || !Number.isSafeInteger(count) || count < 0) return undefined;
    counts.push(count);
  }
  return counts;
}

function show(value: unknown): string {
  const text = JSON.stringify(value ?? null);
  return text.length <= 60 ? text : `${text.slice(0, 57)}…`;
}

function isFileType(value: unknown): value is FileType {
  return typeof value === "string" && Object.hasOwn(BYTES, value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Safetensors files: 8 bytes of header length, a JSON header, the tensors' bytes. Files come from strangers: every number
 * of the header is checked before anything is allocated or read by it, and each defect has its own message.
 */
import { AepoError, messageOf } from "../std/errors.ts";
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
const ALIGNMENT = 8;

/** Tensors in the map's order, float32, little-endian. */
export function writeSafetensors(
  tensors: ReadonlyMap<string, NamedTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const entries: Record<string, unknown> = {
    __metadata__: { format: "pt", ...metadata },
  };
  let end = 0;
  for (const [name, { shape, data }] of tensors) {
    entries[name] = {
      dtype: "F32",
      shape,
      data_offsets: [end, end + 4 * data.length],
    };
    end += 4 * data.length;
  }
  const text = JSON.stringify(entries);
  const json = new TextEncoder().encode(text);
  const headerBytes = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const file = new Uint8Array(8 + headerBytes + end);
  const view = new DataView(file.buffer);
  view.setBigUint64(0, BigInt(headerBytes), true);
  file.set(json, 8);
  file.fill(0x20, 8 + json.length, 8 + headerBytes);
  let at = 8 + headerBytes;
  for (const { data } of tensors.values()) {
    for (let i = 0; i < data.length; i++, at += 4) view.setFloat32(at, data[i] ?? 0, true);
  }
  return file;
}

/** Reads F32, F16 and BF16 tensors as float32. `source` names the file in messages. */
export function readSafetensors(file: Uint8Array, source = "the safetensors file"): SafetensorsFile {
  const refuse: Refuse = (what, expected) => {
    throw new AepoError("policy", `${source}: ${what}`, expected === undefined ? {} : { expected });
  };
  const { json, body } = splitFile(file, refuse);
  const entries = parseHeader(json, refuse);
  const { __metadata__: metadata, ...rest } = entries;
  const fields = Object.entries(rest).map(([name, entry]) => tensorField(name, entry, body.length, refuse));
  checkCover(fields, body.length, refuse);
  const tensors = new Map(fields.map((field) => [field.name, { shape: field.shape, data: decode(field, body) }]));
  return { tensors, metadata: metadataOf(metadata, refuse) };
}

type Refuse = (what: string, expected?: string) => never;

function splitFile(file: Uint8Array, refuse: Refuse): { json: Uint8Array; body: Uint8Array } {
  if (file.length < 8) refuse(`only ${file.length} bytes`, "8 bytes of header length and a header");
  const length = new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES)) refuse(`a header of ${length} bytes`, `at most ${MAX_HEADER_BYTES}`);
  const size = Number(length);
  if (size > file.length - 8)
    refuse(`a header of ${size} bytes in a file of ${file.length}`, `at most ${file.length - 8}`);
  return { json: file.subarray(8, 8 + size), body: file.subarray(8 + size) };
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

function decode({ type, begin, end }: TensorField, body: Uint8Array): Float32Array {
  // A copy whatever the kind of array: Node's Buffer is one too, and its `slice` would share memory.
  const bytes = new Uint8Array(body.subarray(begin, end));
  if (type === "F32") return littleEndianFloats(bytes);
  const halves = new DataView(bytes.buffer);
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

function littleEndianFloats(bytes: Uint8Array<ArrayBuffer>): Float32Array {
  const view = new DataView(bytes.buffer);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
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

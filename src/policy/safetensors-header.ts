/**
 * The header of a safetensors file: 8 bytes of length, JSON. Files come from strangers: every number is checked before
 * anything is allocated or read by it, and each defect has its own message.
 */
import { AepoError, messageOf } from "../std/errors.ts";
import { type JsonLimits, jsonShapeProblem } from "../std/json-shape.ts";
import { FORMAT_BYTES, isNumberFormat, type NumberFormat } from "./tensor-formats.ts";

/** Largest header read, as in the reference implementation. */
const MAX_HEADER_BYTES = 100_000_000;

/** A tensor entry holds arrays: object → entry → shape. A tensor is some ten values; no model has 10⁵ tensors. */
const LIMITS: JsonLimits = { what: "the header", depth: 4, values: 2_000_000 };

/** A tensor's numbers, in bytes after the header. */
export interface TensorField extends Place {
  readonly format: NumberFormat;
  readonly shape: readonly number[];
}

interface Place {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly fields: readonly TensorField[];
  /** Free-form text of `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface HeaderOptions {
  /** Names the file in messages. */
  readonly source: string;
  /** Tensors that are of no use here, whatever their format: they are left out. */
  readonly ignore?: (name: string) => boolean;
}

export type Refuse = (what: string, expected?: string) => never;

export function refusing(source: string): Refuse {
  return (what, expected) => {
    throw new AepoError("policy", `${source}: ${what}`, expected === undefined ? {} : { expected });
  };
}

/** Bytes of the JSON after the first 8, from those and the length of the file. */
export function headerBytes(first: Uint8Array, fileBytes: number, source: string): number {
  const refuse = refusing(source);
  if (fileBytes < 8) refuse(`only ${fileBytes} bytes`, "8 bytes of header length and a header");
  const length = new DataView(first.buffer, first.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES)) refuse(`a header of ${length} bytes`, `at most ${MAX_HEADER_BYTES}`);
  const size = Number(length);
  if (size > fileBytes - 8) refuse(`a header of ${size} bytes in a file of ${fileBytes}`, `at most ${fileBytes - 8}`);
  return size;
}

/** What the JSON says of a file with `bodyBytes` after it. */
export function parseSafetensorsHeader(json: Uint8Array, bodyBytes: number, options: HeaderOptions): SafetensorsHeader {
  const refuse = refusing(options.source);
  const { __metadata__: metadata, ...entries } = parseHeader(json, refuse);
  const [fields, ignored]: [TensorField[], Place[]] = [[], []];
  for (const [name, value] of Object.entries(entries)) {
    const entry = isObject(value) ? value : refuse(`tensor ${quoted(name)} is not an object`);
    if (options.ignore?.(name) === true) ignored.push(placeOf(name, entry, bodyBytes, refuse));
    else fields.push(tensorField(name, entry, bodyBytes, refuse));
  }
  checkCover([...fields, ...ignored], bodyBytes, refuse);
  return { fields, metadata: metadataOf(metadata, refuse) };
}

function parseHeader(bytes: Uint8Array, refuse: Refuse): Fields {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return refuse("the header is not UTF-8");
  }
  // Before JSON.parse, which keeps the last of two equal keys and takes any depth.
  const problem = jsonShapeProblem(text, LIMITS);
  if (problem !== null) refuse(problem);
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (thrown) {
    return refuse(`the header is not JSON: ${messageOf(thrown)}`);
  }
  return isObject(header) ? header : refuse("the header is not an object");
}

type Fields = Readonly<Record<string, unknown>>;

function tensorField(name: string, entry: Fields, bodyBytes: number, refuse: Refuse): TensorField {
  const tensor = `tensor ${quoted(name)}`;
  for (const key of Object.keys(entry)) {
    if (!["dtype", "shape", "data_offsets"].includes(key))
      refuse(`${tensor} has a field ${quoted(key)}`, "dtype, shape, data_offsets");
  }
  const format = entry["dtype"];
  if (!isNumberFormat(format))
    return refuse(`${tensor} has dtype ${show(format)}`, Object.keys(FORMAT_BYTES).join(", "));
  const shape = countsOf(entry["shape"]);
  if (shape === undefined) return refuse(`${tensor} has shape ${show(entry["shape"])}`, "an array of counts");
  const place = placeOf(name, entry, bodyBytes, refuse);
  // A product of counts may be beyond 2^53; compared as it is, it then differs from any file's size.
  const bytes = shape.reduce((product, extent) => product * extent, FORMAT_BYTES[format]);
  const found = place.end - place.begin;
  if (bytes !== found) refuse(`${tensor} has ${found} bytes`, `${bytes} for ${format} of shape [${shape.join(", ")}]`);
  return { ...place, format, shape };
}

function placeOf(name: string, entry: Fields, bodyBytes: number, refuse: Refuse): Place {
  const tensor = `tensor ${quoted(name)}`;
  const offsets = entry["data_offsets"];
  const [begin, end, ...more] = countsOf(offsets) ?? [];
  if (begin === undefined || end === undefined || more.length > 0) {
    return refuse(`${tensor} has data_offsets ${show(offsets)}`, "[begin, end]");
  }
  if (begin > end || end > bodyBytes)
    refuse(`${tensor} is at bytes ${begin} to ${end}`, `a range within 0 to ${bodyBytes}`);
  return { name, begin, end };
}

/** Every byte belongs to exactly one tensor. */
function checkCover(fields: readonly Place[], bodyBytes: number, refuse: Refuse): void {
  const byBegin = [...fields].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let at = 0;
  let previous = "";
  for (const { name, begin, end } of byBegin) {
    if (begin < at) refuse(`tensors ${quoted(previous)} and ${quoted(name)} overlap`);
    if (begin > at) refuse(`bytes ${at} to ${begin} belong to no tensor`);
    at = end;
    previous = name;
  }
  if (at !== bodyBytes) refuse(`bytes ${at} to ${bodyBytes} belong to no tensor`);
}

function metadataOf(value: unknown, refuse: Refuse): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  const entries = isObject(value) ? Object.entries(value) : refuse("__metadata__ is not an object");
  return Object.fromEntries(
    entries.map(([key, text]) => [
      key,
      typeof text === "string" ? text : refuse(`__metadata__ ${quoted(key)} is not text`),
    ]),
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

function quoted(name: string): string {
  return `"${name.length <= 200 ? name : `${name.slice(0, 199)}…`}"`;
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

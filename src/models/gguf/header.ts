/**
 * The header of a GGUF file, versions 2 and 3: metadata by key, and where each tensor is. Files come from strangers: every
 * number is checked against the size of the file before anything is allocated or read by it, and each defect has its own
 * message. Layout: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
import { AepoError } from "../../std/errors.ts";
import { BLOCK_FORMATS, FORMAT_NAMES, type FormatName, formatNumbered, unreadName } from "./block-formats.ts";
import { ByteCursor, MoreBytes, type Refuse } from "./byte-cursor.ts";

export type GgufScalar = string | number | bigint | boolean;
export type GgufValue = GgufScalar | readonly GgufScalar[];

export interface GgufTensor {
  readonly name: string;
  readonly format: FormatName;
  /** Outermost extent first; the file has it the other way round. */
  readonly shape: readonly number[];
  /** In the file. */
  readonly begin: number;
  readonly bytes: number;
}

export interface GgufHeader {
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
}

/** Where the header is read from. */
export interface HeaderSource {
  /** For messages. */
  readonly name: string;
  readonly bytes: number;
  /** The first `count` bytes. */
  start(count: number): Promise<Uint8Array>;
}

/** Enough for the header of nearly every model. */
const FIRST_BYTES = 8 * 1024 * 1024;
const MAX_ENTRIES = 65_536;
const MAX_NAME_BYTES = 65_535;
/** Elements of all arrays together; the largest vocabularies have 300,000 tokens and 500,000 merges. */
const MAX_ELEMENTS = 8 * 1024 * 1024;
const MAX_DIMENSIONS = 4;
const MAX_ALIGNMENT = 1024 * 1024;
const DEFAULT_ALIGNMENT = 32;
const MAGIC = 0x46554747; // "GGUF"

/** Throws on anything that is not a header. */
export async function readGgufHeader(source: HeaderSource): Promise<GgufHeader> {
  const refuse: Refuse = (what, expected) => {
    throw new AepoError("policy", `${source.name}: ${what}`, expected === undefined ? {} : { expected });
  };
  for (let count = FIRST_BYTES; ; count *= 4) {
    const bytes = await source.start(Math.min(count, source.bytes));
    try {
      return parseHeader(new ByteCursor(bytes, source.bytes, refuse), source.bytes);
    } catch (thrown) {
      if (!(thrown instanceof MoreBytes)) throw thrown;
    }
  }
}

function parseHeader(cursor: ByteCursor, fileBytes: number): GgufHeader {
  checkVersion(cursor);
  const tensorCount = cursor.count("the number of tensors", 24, MAX_ENTRIES);
  const metadataCount = cursor.count("the number of metadata entries", 13, MAX_ENTRIES);
  const metadata = parseMetadata(cursor, metadataCount);
  const alignment = alignmentOf(metadata.get("general.alignment"), cursor.refuse);
  const found = Array.from({ length: tensorCount }, (_, i) => parseTensor(cursor, `tensor ${i}`, alignment));
  const dataBegin = Math.ceil(cursor.at / alignment) * alignment;
  const tensors = new Map<string, GgufTensor>();
  for (const tensor of found) {
    if (tensors.has(tensor.name)) cursor.refuse(`there are two tensors "${tensor.name}"`);
    tensors.set(tensor.name, { ...tensor, begin: dataBegin + tensor.begin });
  }
  checkPlaces([...tensors.values()], fileBytes, cursor.refuse);
  return { metadata, tensors };
}

function checkVersion(cursor: ByteCursor): void {
  if (cursor.u32("the four letters GGUF") !== MAGIC)
    cursor.refuse("this is not a GGUF file", 'the letters "GGUF" first');
  const version = cursor.u32("the version");
  if (version === 2 || version === 3) return;
  const swapped = version % 0x1000000 === 0 ? " (big-endian)" : "";
  cursor.refuse(`GGUF version ${version}${swapped} is not read`, "2 or 3, little-endian");
}

function parseMetadata(cursor: ByteCursor, count: number): Map<string, GgufValue> {
  const metadata = new Map<string, GgufValue>();
  const budget = { elements: MAX_ELEMENTS };
  for (let i = 0; i < count; i++) {
    const key = cursor.text(`the key of metadata entry ${i}`, MAX_NAME_BYTES);
    if (metadata.has(key)) cursor.refuse(`the metadata has "${key}" twice`);
    metadata.set(key, parseValue(cursor, `"${key}"`, budget));
  }
  return metadata;
}

interface ValueType {
  readonly leastBytes: number;
  readonly read: (cursor: ByteCursor, what: string) => GgufScalar;
}

/** By number in the file; 9 is an array. */
const VALUE_TYPES: Readonly<Record<number, ValueType>> = {
  0: { leastBytes: 1, read: (cursor, what) => cursor.u8(what) },
  1: { leastBytes: 1, read: (cursor, what) => cursor.i8(what) },
  2: { leastBytes: 2, read: (cursor, what) => cursor.u16(what) },
  3: { leastBytes: 2, read: (cursor, what) => cursor.i16(what) },
  4: { leastBytes: 4, read: (cursor, what) => cursor.u32(what) },
  5: { leastBytes: 4, read: (cursor, what) => cursor.i32(what) },
  6: { leastBytes: 4, read: (cursor, what) => cursor.f32(what) },
  7: { leastBytes: 1, read: truth },
  8: { leastBytes: 8, read: (cursor, what) => cursor.text(what) },
  10: { leastBytes: 8, read: (cursor, what) => cursor.u64(what) },
  11: { leastBytes: 8, read: (cursor, what) => cursor.i64(what) },
  12: { leastBytes: 8, read: (cursor, what) => cursor.f64(what) },
};
const ARRAY = 9;

function parseValue(cursor: ByteCursor, what: string, budget: { elements: number }): GgufValue {
  const type = cursor.u32(`the type of ${what}`);
  if (type !== ARRAY) return valueType(cursor, type, what).read(cursor, what);
  const elementType = cursor.u32(`the element type of ${what}`);
  if (elementType === ARRAY) cursor.refuse(`${what} is an array of arrays`, "an array of numbers or texts");
  const { leastBytes, read } = valueType(cursor, elementType, what);
  const count = cursor.count(`the length of ${what}`, leastBytes, budget.elements);
  budget.elements -= count;
  const values: GgufScalar[] = [];
  const element = `an element of ${what}`;
  for (let i = 0; i < count; i++) values.push(read(cursor, element));
  return values;
}

function valueType(cursor: ByteCursor, type: number, what: string): ValueType {
  return VALUE_TYPES[type] ?? cursor.refuse(`${what} has type ${type}`, "0 to 12");
}

function truth(cursor: ByteCursor, what: string): boolean {
  const byte = cursor.u8(what);
  return byte < 2 ? byte === 1 : cursor.refuse(`${what} is a boolean of value ${byte}`, "0 or 1");
}

function alignmentOf(value: GgufValue | undefined, refuse: Refuse): number {
  if (value === undefined) return DEFAULT_ALIGNMENT;
  const isPower = typeof value === "number" && value > 0 && Number.isInteger(Math.log2(value));
  if (isPower && value <= MAX_ALIGNMENT) return value;
  return refuse(`"general.alignment" is ${String(value)}`, `a power of two up to ${MAX_ALIGNMENT}`);
}

/** `begin` counts from the start of the data. */
function parseTensor(cursor: ByteCursor, place: string, alignment: number): GgufTensor {
  const name = cursor.text(`the name of ${place}`, MAX_NAME_BYTES);
  const what = `tensor "${name}"`;
  const dimensions = cursor.u32(`the number of dimensions of ${what}`);
  if (dimensions < 1 || dimensions > MAX_DIMENSIONS) {
    cursor.refuse(`${what} has ${dimensions} dimensions`, `1 to ${MAX_DIMENSIONS}`);
  }
  const extents = Array.from({ length: dimensions }, () => cursor.u64(`the shape of ${what}`));
  const id = cursor.u32(`the format of ${what}`);
  const format = formatNumbered(id);
  if (format === undefined) return cursor.refuse(`${what} is stored as ${unreadName(id)}`, FORMAT_NAMES.join(", "));
  const { blockLength, blockBytes } = BLOCK_FORMATS[format];
  // A product beyond 2^53 is not exact, and larger than any file.
  const length = extents.reduce((product: number, extent) => product * Number(extent), 1);
  const bytes = (length / blockLength) * blockBytes;
  if (!(length > 0 && bytes <= cursor.left)) {
    cursor.refuse(
      `${what} has the shape [${extents.toReversed().join(", ")}]`,
      `1 to ${cursor.left} bytes of ${format}`,
    );
  }
  const row = Number(extents[0]);
  if (row % blockLength !== 0)
    cursor.refuse(`${what} has rows of ${row}`, `a multiple of ${blockLength} for ${format}`);
  const begin = cursor.u64(`the place of ${what}`);
  if (typeof begin === "bigint" || begin % alignment !== 0) {
    return cursor.refuse(`${what} is at byte ${begin} of the data`, `a multiple of ${alignment}`);
  }
  return { name, format, shape: extents.map(Number).toReversed(), begin, bytes };
}

/** Every tensor is within the file and no two share a byte. */
function checkPlaces(tensors: readonly GgufTensor[], fileBytes: number, refuse: Refuse): void {
  let previous: GgufTensor | undefined;
  for (const tensor of tensors.toSorted((a, b) => a.begin - b.begin)) {
    const { name, begin, bytes } = tensor;
    if (begin + bytes > fileBytes) {
      refuse(`tensor "${name}" is at bytes ${begin} to ${begin + bytes} of a file of ${fileBytes}`, "a complete file");
    }
    if (previous !== undefined && previous.begin + previous.bytes > begin) {
      refuse(`tensors "${previous.name}" and "${name}" overlap`);
    }
    previous = tensor;
  }
}

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rejectionMessage } from "../../test/support/thrown.ts";
import { AepoError } from "../std/errors.ts";
import { bytesReader, wholeContent } from "./blob-store.ts";
import { HALF_VALUES } from "./half-floats.ts";
import { openSafetensors, readSafetensors } from "./safetensors.ts";
import { safetensorsPieces, writeSafetensors } from "./safetensors-write.ts";
import { readerOf } from "./tensor-reader.ts";

/** A file with the given header text and body; `length` overrides what the first 8 bytes say. */
function fileOf(header: string, body: readonly number[] = [], length?: bigint): Uint8Array {
  const json = new TextEncoder().encode(header);
  const file = new Uint8Array(8 + json.length + body.length);
  new DataView(file.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  file.set(json, 8);
  file.set(body, 8 + json.length);
  return file;
}

function messageOf(file: Uint8Array): string {
  try {
    readSafetensors(file);
  } catch (thrown) {
    if (thrown instanceof AepoError) return thrown.message;
    throw thrown;
  }
  return "nothing";
}

const entry = (fields: string): string => `{"w":{${fields}}}`;
const F32 = '"dtype":"F32","shape":[1],"data_offsets":[0,4]';
const four = [0, 0, 128, 63];

/** [what, file, message after "the safetensors file: "] */
const HOSTILE: readonly (readonly [string, Uint8Array, string])[] = [
  ["empty", new Uint8Array(), "only 0 bytes\n  expected: 8 bytes of header length and a header"],
  ["length beyond the file", fileOf("{}", [], 3n), "a header of 3 bytes in a file of 10\n  expected: at most 2"],
  [
    "length beyond any file",
    fileOf("{}", [], 2n ** 64n - 1n),
    "a header of 18446744073709551615 bytes\n  expected: at most 100000000",
  ],
  ["not UTF-8", fileOf("{}", [255, 255], 4n), "the header is not UTF-8"],
  ["an array", fileOf("[]"), "the header is not an object"],
  ["a number", fileOf("7"), "the header is not an object"],
  ["keys twice", fileOf(`{"w":{${F32}},"w":{${F32}}}`, four), 'the header has the key "w" twice'],
  [
    "keys twice, spelt differently",
    fileOf(`{"w":{${F32}},"\\u0077"  \n   :{${F32}}}`, four),
    'the header has the key "w" twice',
  ],
  ["a field twice", fileOf(entry(`${F32},"shape":[2]`), four), 'the header has the key "shape" twice'],
  ["deep nesting", fileOf("[".repeat(1_000_000)), "the header is nested deeper than 4"],
  [
    "more values than any model has",
    fileOf(`{"w":[${"0,".repeat(2_000_000)}0]}`),
    "the header has more than 2000000 values",
  ],
  ["an entry that is no object", fileOf('{"w":3}'), 'tensor "w" is not an object'],
  [
    "another dtype",
    fileOf(entry('"dtype":"I64","shape":[1],"data_offsets":[0,8]'), [...four, ...four]),
    'tensor "w" has dtype "I64"\n  expected: F32, F16, BF16',
  ],
  [
    "a dtype that is a method's name",
    fileOf(entry('"dtype":"toString","shape":[1],"data_offsets":[0,4]'), four),
    'tensor "w" has dtype "toString"\n  expected: F32, F16, BF16',
  ],
  [
    "no dtype",
    fileOf(entry('"shape":[1],"data_offsets":[0,4]'), four),
    'tensor "w" has dtype null\n  expected: F32, F16, BF16',
  ],
  [
    "a negative extent",
    fileOf(entry('"dtype":"F32","shape":[-1],"data_offsets":[0,4]'), four),
    'tensor "w" has shape [-1]\n  expected: an array of counts',
  ],
  [
    "a fraction",
    fileOf(entry('"dtype":"F32","shape":[0.5],"data_offsets":[0,2]'), four),
    'tensor "w" has shape [0.5]\n  expected: an array of counts',
  ],
  [
    "a huge extent",
    fileOf(entry('"dtype":"F32","shape":[1e300],"data_offsets":[0,4]'), four),
    'tensor "w" has shape [1e+300]\n  expected: an array of counts',
  ],
  [
    "a huge product",
    fileOf(entry('"dtype":"F32","shape":[4503599627370496,4503599627370496],"data_offsets":[0,4]'), four),
    'tensor "w" has 4 bytes\n  expected: 8.112963841460668e+31 for F32 of shape [4503599627370496, 4503599627370496]',
  ],
  [
    "too few bytes",
    fileOf(entry('"dtype":"F32","shape":[2],"data_offsets":[0,4]'), four),
    'tensor "w" has 4 bytes\n  expected: 8 for F32 of shape [2]',
  ],
  [
    "offsets beyond the end",
    fileOf(entry('"dtype":"F32","shape":[2],"data_offsets":[0,8]'), four),
    'tensor "w" is at bytes 0 to 8\n  expected: a range within 0 to 4',
  ],
  [
    "offsets the wrong way round",
    fileOf(entry('"dtype":"F32","shape":[1],"data_offsets":[4,0]'), four),
    'tensor "w" is at bytes 4 to 0\n  expected: a range within 0 to 4',
  ],
  [
    "three offsets",
    fileOf(entry('"dtype":"F32","shape":[1],"data_offsets":[0,4,4]'), four),
    'tensor "w" has data_offsets [0,4,4]\n  expected: [begin, end]',
  ],
  ["tensors that overlap", fileOf(`{"a":{${F32}},"b":{${F32}}}`, four), 'tensors "a" and "b" overlap'],
  ["bytes of no tensor", fileOf(entry(F32), [...four, 1, 2]), "bytes 4 to 6 belong to no tensor"],
  [
    "a hole",
    fileOf(entry('"dtype":"F32","shape":[1],"data_offsets":[4,8]'), [...four, ...four]),
    "bytes 0 to 4 belong to no tensor",
  ],
  [
    "an unknown field",
    fileOf(entry(`${F32},"code":"x"`), four),
    'tensor "w" has a field "code"\n  expected: dtype, shape, data_offsets',
  ],
  ["metadata that is no text", fileOf('{"__metadata__":{"a":1}}'), '__metadata__ "a" is not text'],
];

describe("readSafetensors", () => {
  it.each(HOSTILE)("refuses %s", (_, file, message) => {
    expect(messageOf(file)).toBe(`the safetensors file: ${message}`);
  });

  it.each(HOSTILE)("opened by ranges refuses %s", async (_, file, message) => {
    expect(await rejectionMessage(openSafetensors(bytesReader(file)))).toBe(`the safetensors file: ${message}`);
  });

  it("refuses what is not JSON, with the parser's reason", () => {
    expect(() => readSafetensors(fileOf('{"w":'), "weights.safetensors")).toThrow(
      /^weights\.safetensors: the header is not JSON: /u,
    );
  });

  it("never fails in another way, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.string({ maxLength: 60 }), (bytes, text) => {
        for (const file of [bytes, fileOf(text, [...bytes])]) {
          try {
            readSafetensors(file);
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(AepoError);
          }
        }
      }),
    );
  });

  it("reads BF16 and F16", () => {
    // bf16 0x3f80 = 1, 0xc040 = −3; f16 0x3c00 = 1, 0xc200 = −3, 0x0001 = 2⁻²⁴, 0x7c00 = ∞.
    const header =
      '{"b":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]},"h":{"dtype":"F16","shape":[4],"data_offsets":[4,12]}}';
    const body = [0x80, 0x3f, 0x40, 0xc0, 0x00, 0x3c, 0x00, 0xc2, 0x01, 0x00, 0x00, 0x7c];
    const { tensors } = readSafetensors(fileOf(header, body));
    expect([...(tensors.get("b")?.data ?? [])]).toEqual([1, -3]);
    expect([...(tensors.get("h")?.data ?? [])]).toEqual([1, -3, 2 ** -24, Number.POSITIVE_INFINITY]);
  });

  it("reads what was written, bit for bit, with its metadata", () => {
    const data = Float32Array.of(1, -0, 1e-40, Number.NaN, 3.4e38, -1 / 3);
    const file = writeSafetensors(
      new Map([
        ["model.a", { shape: [2, 3], data }],
        ["b", { shape: [], data: Float32Array.of(2) }],
        ["empty", { shape: [0, 4], data: new Float32Array() }],
      ]),
      { updates: "12" },
    );
    const { tensors, metadata } = readSafetensors(file);
    expect(metadata).toEqual({ format: "pt", updates: "12" });
    expect([...tensors.keys()]).toEqual(["model.a", "b", "empty"]);
    expect(tensors.get("model.a")?.shape).toEqual([2, 3]);
    expect(new Uint8Array(tensors.get("model.a")?.data.buffer ?? new ArrayBuffer())).toEqual(
      new Uint8Array(data.buffer),
    );
    // The header is padded so that the data are aligned.
    expect(new DataView(file.buffer).getBigUint64(0, true) % 8n).toBe(0n);
  });

  it("reads a file that lies at an odd place in its buffer", () => {
    const file = writeSafetensors(new Map([["w", { shape: [1], data: Float32Array.of(5) }]]));
    const shifted = new Uint8Array(file.length + 3);
    shifted.set(file, 3);
    expect([...(readSafetensors(shifted.subarray(3)).tensors.get("w")?.data ?? [])]).toEqual([5]);
  });
});

it("decodes halves of every length, in pieces, as the whole file does", async () => {
  // More than one piece of 2²² bytes, and an odd rest.
  const count = 2 ** 21 + 3;
  const words = Uint16Array.from({ length: count }, (_, i) => (i * 40_503) & 0xffff);
  for (const format of ["F16", "BF16"]) {
    const entry = `"dtype":"${format}","shape":[${count}],"data_offsets":[0,${2 * count}]`;
    const start = fileOf(`{"w":{${entry}}} `);
    const file = new Uint8Array(start.length + 2 * count);
    file.set(start);
    file.set(new Uint8Array(words.buffer), start.length);
    const whole = readSafetensors(file).tensors.get("w")?.data ?? new Float32Array();
    const opened = await openSafetensors(bytesReader(file));
    expect(Buffer.compare(Buffer.from((await opened.read("w")).buffer), Buffer.from(whole.buffer))).toBe(0);
    const value = format === "F16" ? HALF_VALUES[words[count - 1] ?? 0] : bfloat(words[count - 1] ?? 0);
    expect(whole[count - 1]).toBe(value);
  }
});

function bfloat(word: number): number {
  return new Float32Array(Uint32Array.of(word << 16).buffer)[0] ?? Number.NaN;
}

it("leaves out what is ignored, whatever its format, and still wants every byte to belong to something", async () => {
  const mask = '"mask":{"dtype":"BOOL","shape":[3],"data_offsets":[4,7]}';
  const ignore = (name: string): boolean => name === "mask";
  const file = await openSafetensors(bytesReader(fileOf(`{"w":{${F32}},${mask}}`, [...four, 1, 1, 1])), "f", ignore);
  expect([...file.shapes.keys()]).toEqual(["w"]);
  const cut = openSafetensors(bytesReader(fileOf(`{"w":{${F32}},${mask}}`, [...four, 1])), "f", ignore);
  expect(await rejectionMessage(cut)).toBe('f: tensor "mask" is at bytes 4 to 7\n  expected: a range within 0 to 5');
});

it("reads the same from a Buffer, whose slice shares memory, at any offset", () => {
  const file = writeSafetensors(new Map([["w", { shape: [3], data: Float32Array.of(1, -2, 3.5) }]]));
  const padded = Buffer.concat([Buffer.from([9, 9, 9]), file]).subarray(3);
  expect([...(readSafetensors(padded).tensors.get("w")?.data ?? [])]).toEqual([1, -2, 3.5]);
});

it("is the same file in pieces, read by ranges: one tensor in memory at a time, the blob closed at the end", async () => {
  const tensors = new Map([
    ["model.a", { shape: [2, 3], data: Float32Array.of(1, -0, 1e-40, Number.NaN, 3.4e38, -1 / 3) }],
    ["scalar", { shape: [], data: Float32Array.of(2) }],
    ["empty", { shape: [0, 4], data: new Float32Array() }],
  ]);
  const whole = writeSafetensors(tensors, { updates: "3" });
  expect(await wholeContent(safetensorsPieces(readerOf(tensors), { updates: "3" }))).toEqual(whole);
  let closed = 0;
  const blob = bytesReader(whole);
  const file = await openSafetensors({ ...blob, close: async () => void closed++ });
  expect(file.metadata).toEqual({ format: "pt", updates: "3" });
  for (const [name, { shape, data }] of tensors) {
    expect(file.shapes.get(name)).toEqual(shape);
    expect(await file.read(name)).toEqual(data);
  }
  expect(await rejectionMessage(file.read("b"))).toBe('the safetensors file: there is no tensor "b"');
  await file.close();
  expect(closed).toBe(1);
  await rejectionMessage(openSafetensors({ ...blob, bytes: 7, close: async () => void closed++ }));
  expect(closed).toBe(2);
});

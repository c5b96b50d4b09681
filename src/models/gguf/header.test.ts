import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AepoError } from "../../std/errors.ts";
import { type GgufHeader, readGgufHeader } from "./header.ts";
import { entry, f32, file, joined, type Raw, tensor, text, u32, u64, u8 } from "./testing/raw-gguf.ts";

/** `size` is what the file system says, if not the bytes there are. */
function read(bytes: Raw, size: number = bytes.length): Promise<GgufHeader> {
  return readGgufHeader({ name: "model.gguf", bytes: size, start: async (count) => bytes.slice(0, count) });
}

async function messageOf(bytes: Raw, size?: number): Promise<string> {
  try {
    await read(bytes, size);
  } catch (thrown) {
    if (thrown instanceof AepoError) return thrown.message;
    throw thrown;
  }
  return "nothing";
}

const FLOATS = tensor("w", [2], 0, 0);
const eight = new Uint8Array(8);
const strings = (count: number | bigint, ...rest: readonly Raw[]): Raw =>
  entry("tokenizer.ggml.tokens", 9, joined(u32(8), u64(count), ...rest));

/** [what, file, message after "model.gguf: "] */
const HOSTILE: readonly (readonly [string, Raw, string])[] = [
  ["empty", new Uint8Array(), "the file ends at byte 0, within the four letters GGUF"],
  [
    "another file",
    new TextEncoder().encode("PK\u0003\u0004"),
    'this is not a GGUF file\n  expected: the letters "GGUF" first',
  ],
  ["version 1", file({ version: 1 }), "GGUF version 1 is not read\n  expected: 2 or 3, little-endian"],
  [
    "big-endian",
    file({ version: 0x03000000 }),
    "GGUF version 50331648 (big-endian) is not read\n  expected: 2 or 3, little-endian",
  ],
  ["cut in the counts", file({}).slice(0, 12), "the file ends at byte 12, within the number of tensors"],
  [
    "2^60 tensors",
    file({ tensorCount: 2n ** 60n }),
    "the number of tensors is 1152921504606846976\n  expected: at most 0",
  ],
  [
    "2^64 − 1 entries",
    file({ entryCount: 2n ** 64n - 1n }),
    "the number of metadata entries is 18446744073709551615\n  expected: at most 0",
  ],
  [
    "a key longer than the file",
    file({ entries: [joined(u64(99), new Uint8Array(40))] }),
    "the key of metadata entry 0 is 99 bytes long\n  expected: at most 40",
  ],
  [
    "a key of 2^63 bytes",
    file({ entries: [joined(u64(2n ** 63n), new Uint8Array(40))] }),
    "the key of metadata entry 0 is 9223372036854775808 bytes long\n  expected: at most 40",
  ],
  [
    "a text longer than the file",
    file({ entries: [entry("a", 8, joined(u64(2n ** 40n), eight))] }),
    '"a" is 1099511627776 bytes long\n  expected: at most 8',
  ],
  ["a key twice", file({ entries: [entry("a", 7, u8(1)), entry("a", 7, u8(1))] }), 'the metadata has "a" twice'],
  ["an unknown type", file({ entries: [entry("a", 13, eight)] }), '"a" has type 13\n  expected: 0 to 12'],
  [
    "a method's name as type",
    file({ entries: [entry("a", 2 ** 31, eight)] }),
    '"a" has type 2147483648\n  expected: 0 to 12',
  ],
  ["a boolean of 2", file({ entries: [entry("a", 7, u8(2))] }), '"a" is a boolean of value 2\n  expected: 0 or 1'],
  ["not UTF-8", file({ entries: [entry("a", 8, joined(u64(2), Uint8Array.of(0xc3, 0x28)))] }), '"a" is not UTF-8'],
  [
    "an array of 2^60 texts",
    file({ entries: [strings(2n ** 60n, eight)] }),
    'the length of "tokenizer.ggml.tokens" is 1152921504606846976\n  expected: at most 1',
  ],
  [
    "an array of 2^60 bytes",
    file({ entries: [entry("a", 9, joined(u32(0), u64(2n ** 60n), eight))] }),
    'the length of "a" is 1152921504606846976\n  expected: at most 8',
  ],
  [
    "an element longer than the file",
    file({ entries: [strings(2, text("x"), u64(5))] }),
    'an element of "tokenizer.ggml.tokens" is 5 bytes long\n  expected: at most 0',
  ],
  [
    "arrays in arrays",
    file({ entries: [entry("a", 9, joined(u32(9), u64(1), u32(9), u64(1), eight))] }),
    '"a" is an array of arrays\n  expected: an array of numbers or texts',
  ],
  [
    "an alignment of 24",
    file({ entries: [entry("general.alignment", 4, u32(24))] }),
    '"general.alignment" is 24\n  expected: a power of two up to 1048576',
  ],
  [
    "an alignment of 0",
    file({ entries: [entry("general.alignment", 4, u32(0))] }),
    '"general.alignment" is 0\n  expected: a power of two up to 1048576',
  ],
  [
    "an alignment that is a text",
    file({ entries: [entry("general.alignment", 8, text("32"))] }),
    '"general.alignment" is 32\n  expected: a power of two up to 1048576',
  ],
  [
    "a huge alignment",
    file({ entries: [entry("general.alignment", 4, u32(2 ** 31))] }),
    '"general.alignment" is 2147483648\n  expected: a power of two up to 1048576',
  ],
  ["a tensor twice", file({ tensors: [FLOATS, FLOATS], data: eight }), 'there are two tensors "w"'],
  [
    "no dimensions",
    file({ tensors: [tensor("w", [], 0, 0)], data: eight }),
    'tensor "w" has 0 dimensions\n  expected: 1 to 4',
  ],
  [
    "2^31 dimensions",
    file({ tensors: [joined(text("w"), u32(2 ** 31), eight)] }),
    'tensor "w" has 2147483648 dimensions\n  expected: 1 to 4',
  ],
  [
    "another format",
    file({ tensors: [tensor("w", [256], 10, 0)], data: eight }),
    'tensor "w" is stored as Q2_K\n  expected: F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K',
  ],
  [
    "an unknown format",
    file({ tensors: [tensor("w", [256], 4711, 0)], data: eight }),
    'tensor "w" is stored as number 4711\n  expected: F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K',
  ],
  [
    "an extent of 0",
    file({ tensors: [tensor("w", [0], 0, 0)], data: eight }),
    'tensor "w" has the shape [0]\n  expected: 1 to 23 bytes of F32',
  ],
  [
    "a product beyond 2^64",
    file({ tensors: [tensor("w", [2n ** 63n, 2n ** 63n, 2n ** 63n], 0, 0)], data: eight }),
    'tensor "w" has the shape [9223372036854775808, 9223372036854775808, 9223372036854775808]\n  expected: 1 to 39 bytes of F32',
  ],
  [
    "rows that are not whole blocks",
    file({ tensors: [tensor("w", [16, 4], 8, 0)], data: new Uint8Array(128) }),
    'tensor "w" has rows of 16\n  expected: a multiple of 32 for Q8_0',
  ],
  [
    "a place off the alignment",
    file({ tensors: [tensor("w", [2], 0, 4)], data: new Uint8Array(32) }),
    'tensor "w" is at byte 4 of the data\n  expected: a multiple of 32',
  ],
  [
    "a place beyond 2^53",
    file({ tensors: [tensor("w", [2], 0, 2n ** 60n)], data: eight }),
    'tensor "w" is at byte 1152921504606846976 of the data\n  expected: a multiple of 32',
  ],
  [
    "a place beyond the file",
    file({ tensors: [tensor("w", [2], 0, 2 ** 40)], data: eight }),
    'tensor "w" is at bytes 1099511627840 to 1099511627848 of a file of 72\n  expected: a complete file',
  ],
  [
    "a file cut short",
    file({ tensors: [FLOATS], data: new Uint8Array(4) }),
    'tensor "w" is at bytes 64 to 72 of a file of 68\n  expected: a complete file',
  ],
  [
    "tensors that overlap",
    file({ tensors: [tensor("a", [16], 0, 0), tensor("b", [2], 0, 32)], data: new Uint8Array(64) }),
    'tensors "a" and "b" overlap',
  ],
];

describe("the header of a GGUF file", () => {
  it.each(HOSTILE)("refuses %s", async (_, bytes, message) => {
    expect(await messageOf(bytes)).toBe(`model.gguf: ${message}`);
  });

  it("refuses a huge header before reading it, and arrays longer than any vocabulary", async () => {
    // A file of 2^50 bytes, as the file system says; only what is asked for is there.
    const long = file({ entries: [entry("a", 8, joined(u64(2 ** 40), eight))] });
    expect(await messageOf(joined(long, new Uint8Array(9_000_000)), 2 ** 50)).toBe(
      'model.gguf: "a" is 1099511627776 bytes long\n  expected: at most 134217728',
    );
    const many = file({ entries: [strings(2 ** 33, eight)] });
    expect(await messageOf(many, 2 ** 50)).toBe(
      'model.gguf: the length of "tokenizer.ggml.tokens" is 8589934592\n  expected: at most 8388608',
    );
  });

  it("reads every type of value, and tensors in file order whatever their place", async () => {
    const entries = [
      entry("u8", 0, u8(200)),
      entry("i8", 1, u8(200)),
      entry("u16", 2, Uint8Array.of(1, 2)),
      entry("i16", 3, Uint8Array.of(255, 255)),
      entry("u32", 4, u32(4_000_000_000)),
      entry("i32", 5, u32(2 ** 32 - 1)),
      entry("f32", 6, f32(0.5)),
      entry("bool", 7, u8(1)),
      entry("text", 8, text("é東🚀\u0000\uFFFD")),
      entry("texts", 9, joined(u32(8), u64(2), text(""), text("b"))),
      entry("u64", 10, u64(2n ** 64n - 1n)),
      entry("small u64", 10, u64(7)),
      entry("i64", 11, u64(2n ** 64n - 5n)),
      entry("f64", 12, new Uint8Array(Float64Array.of(0.1).buffer)),
      entry("__proto__", 4, u32(1)),
      entry("general.alignment", 4, u32(64)),
    ];
    const tensors = [tensor("b", [32, 3], 8, 64), tensor("a", [2, 1], 0, 0)];
    const bytes = file({ version: 2, entries, tensors, alignment: 64, data: new Uint8Array(64 + 102) });
    const header = await read(bytes);
    expect([...header.metadata.values()]).toEqual([
      200,
      -56,
      513,
      -1,
      4_000_000_000,
      -1,
      0.5,
      true,
      "é東🚀\u0000\uFFFD",
      ["", "b"],
      2n ** 64n - 1n,
      7,
      -5,
      0.1,
      1,
      64,
    ]);
    const data = bytes.length - 166;
    expect(data % 64).toBe(0);
    expect([...header.tensors.values()]).toEqual([
      { name: "b", format: "Q8_0", shape: [3, 32], begin: data + 64, bytes: 102 },
      { name: "a", format: "F32", shape: [1, 2], begin: data, bytes: 8 },
    ]);
  });

  it("asks for more bytes where the first do not hold the header", async () => {
    const token = "x".repeat(1000);
    const entries = [strings(20_000, ...Array.from({ length: 20_000 }, () => text(token)))];
    const asked: number[] = [];
    const bytes = file({ entries });
    const header = await readGgufHeader({
      name: "model.gguf",
      bytes: bytes.length,
      start: async (count) => {
        asked.push(count);
        return bytes.slice(0, count);
      },
    });
    expect(asked).toEqual([8 * 1024 * 1024, bytes.length]);
    expect(header.metadata.get("tokenizer.ggml.tokens")).toHaveLength(20_000);
  });

  it("reads or refuses, whatever bytes a valid file is changed to", async () => {
    const entries = [entry("a", 8, text("value")), strings(2, text("x"), text("y")), entry("c", 4, u32(3))];
    const bytes = file({ entries, tensors: [FLOATS, tensor("v", [32], 8, 32)], data: new Uint8Array(66) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.nat(bytes.length),
        async (changes, cut) => {
          const changed = bytes.slice(0, bytes.length - (cut % 7 === 0 ? cut : 0));
          for (const [at, value] of changes) changed[at] = value;
          await messageOf(changed);
        },
      ),
      { numRuns: 3000 },
    );
  });
});

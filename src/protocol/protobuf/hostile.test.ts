/** Bodies that no SDK would send: cut, of wrong types, out of range, larger than they look. */
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AepoError } from "../../std/errors.ts";
import { forwardResultFromProtobuf, forwardResultToProtobuf } from "./forward-protobuf.ts";
import { bytesOfInt64 } from "./little-endian.ts";
import { passFromProtobuf, passToProtobuf } from "./pass-protobuf.ts";
import { sampleResultFromProtobuf, sampleResultToProtobuf } from "./sample-protobuf.ts";
import { unzstd } from "./unzstd.ts";

const BYTES = WireType.LengthDelimited;
const datum = { tokens: [1, 2, 3], targetTokens: [2, 3, 4], weights: [0, 1, 1], advantages: [0, 0.5, -1] };
const request = passToProtobuf({
  modelId: "model_1",
  seqId: 3,
  data: [datum, datum],
  loss: "ppo",
  config: { clip_low_threshold: 0.8 },
  forwardOnly: false,
});
const forward = forwardResultToProtobuf({
  outputs: [{ logprobs: Float32Array.of(-1, -2) }, { logprobs: Float32Array.of(-3) }],
  metrics: { "loss:sum": 1.5 },
});
const sample = sampleResultToProtobuf({
  sequences: [{ tokens: [1, 2], logprobs: [-1, -2], stopReason: "stop" }],
  promptLogprobs: [null, -1],
  topPromptLogprobs: [null, [{ id: 4, logprob: -0.5 }]],
  cachedPromptTokens: 1,
});

describe("a message", () => {
  const readers = [
    ["request", request, (bytes: Uint8Array) => passFromProtobuf(bytes, 8)],
    ["forward", forward, forwardResultFromProtobuf],
    ["sample", sample, sampleResultFromProtobuf],
  ] as const;

  it.each(readers)(
    "that is cut anywhere or has a byte changed is read or refused with our error: %s",
    (_, whole, read) => {
      const harmless = (bytes: Uint8Array): boolean => {
        try {
          read(bytes);
          return true;
        } catch (thrown) {
          if (thrown instanceof AepoError && thrown.message.length < 1000) return true;
          throw thrown;
        }
      };
      for (let length = 0; length < whole.length; length++) expect(harmless(whole.subarray(0, length))).toBe(true);
      fc.assert(
        fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) =>
          harmless(Uint8Array.from(whole).fill(byte, at, at + 1)),
        ),
        { numRuns: 300 },
      );
      fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), harmless), { numRuns: 300 });
    },
  );

  it("with the wrong wire type is refused", () => {
    const wrong = new BinaryWriter().tag(1, WireType.Varint).int32(7).finish();
    expect(() => passFromProtobuf(wrong, 8)).toThrow(
      "the ForwardBackwardRequest is no valid protobuf: field 1 has wire type 0, not 2",
    );
  });

  it("with fields that are not known here is read", () => {
    const extra = new BinaryWriter()
      .raw(request)
      .tag(99, BYTES)
      .string("new")
      .tag(98, WireType.Bit32)
      .float(1)
      .finish();
    expect(passFromProtobuf(extra, 8)).toEqual(passFromProtobuf(request, 8));
  });

  it("with a length that runs over the end is refused", () => {
    const long = new BinaryWriter().tag(3, BYTES).uint32(0xffff_fff0).finish();
    expect(() => passFromProtobuf(long, 8)).toThrow("no valid protobuf: premature EOF");
  });

  it("with many empty datums is refused before they take memory", () => {
    const many = new Uint8Array(200_000).fill((3 << 3) | BYTES).map((byte, at) => (at % 2 === 0 ? byte : 0));
    expect(() => passFromProtobuf(many, 1024)).toThrow("datum 0 has no target_tokens");
    const empty = new BinaryWriter();
    for (let i = 0; i < 5; i++) {
      const one = passToProtobuf({ modelId: "", seqId: 0, data: [datum], loss: "", config: {}, forwardOnly: false });
      empty.raw(one);
    }
    expect(() => passFromProtobuf(empty.finish(), 4)).toThrow("the request has more than 4 datums");
  });

  it.each([
    ["an image", 2],
    ["sound", 3],
  ])("with %s in it is refused", (what, field) => {
    const chunk = new BinaryWriter()
      .tag(3, BYTES)
      .fork()
      .tag(1, BYTES)
      .fork()
      .tag(field, BYTES)
      .string("x")
      .join()
      .join();
    expect(() => passFromProtobuf(chunk.finish(), 8)).toThrow(`datum 0 has ${what} in its model_input`);
  });

  it("with a tensor that is sparse, of two axes, of no type or of half a number is refused", () => {
    const tensor = (write: (writer: BinaryWriter) => BinaryWriter): Uint8Array => {
      const writer = new BinaryWriter().tag(3, BYTES).fork().tag(2, BYTES).fork();
      writer.tag(1, BYTES).string("weights").tag(2, BYTES).fork();
      return write(writer).join().join().join().finish();
    };
    const read = (bytes: Uint8Array) => () => passFromProtobuf(bytes, 8);
    expect(read(tensor((w) => w.tag(2, BYTES).string("")))).toThrow("datum 0: weights is a sparse tensor");
    expect(read(tensor((w) => w.tag(1, BYTES).bytes(new Uint8Array(3))))).toThrow(
      "datum 0: weights has numbers of type 0",
    );
    expect(read(tensor((w) => w.tag(1, BYTES).bytes(new Uint8Array(3)).tag(3, WireType.Varint).int32(1)))).toThrow(
      "datum 0: weights has 3 bytes",
    );
    const matrix = (w: BinaryWriter): BinaryWriter =>
      w
        .tag(1, BYTES)
        .bytes(new Uint8Array(8))
        .tag(3, WireType.Varint)
        .int32(1)
        .tag(4, BYTES)
        .fork()
        .int64(1)
        .int64(2)
        .join();
    expect(read(tensor(matrix))).toThrow("datum 0: weights has shape [1, 2]");
  });

  it("with a setting that is a text, or has a name that objects have by nature, is told so", () => {
    const setting = (key: string, write: (writer: BinaryWriter) => BinaryWriter): Uint8Array =>
      write(new BinaryWriter().tag(7, BYTES).fork().tag(1, BYTES).string(key).tag(2, BYTES).fork())
        .join()
        .join()
        .finish();
    expect(() =>
      passFromProtobuf(
        setting("kind", (w) => w.tag(2, BYTES).string("soft")),
        8,
      ),
    ).toThrow('loss_fn_config: kind is the text "soft"');
    const { config } = passFromProtobuf(
      setting("__proto__", (w) => w.tag(1, WireType.Bit64).double(1)),
      8,
    );
    expect(Object.keys(config)).toEqual(["__proto__"]);
  });

  it.each([
    ["over the end", [0, 12]],
    ["backwards", [8, 4]],
    ["negative", [-8, 4]],
    ["between numbers", [0, 6]],
  ])("with offsets that go %s is refused", (_, offsets) => {
    const writer = new BinaryWriter().tag(2, BYTES).fork().tag(2, BYTES).fork();
    writer.tag(1, BYTES).string("logprobs").tag(2, BYTES).fork().tag(1, BYTES).bytes(new Uint8Array(8));
    writer.tag(2, BYTES).bytes(bytesOfInt64(offsets)).tag(3, WireType.Varint).int32(1);
    expect(() => forwardResultFromProtobuf(writer.join().join().join().finish())).toThrow(
      `logprobs: array 0 goes from byte ${offsets[0]} to ${offsets[1]}`,
    );
  });

  it("with a table of the likeliest tokens of another size than it says is refused", () => {
    const writer = new BinaryWriter().tag(3, BYTES).fork().tag(1, BYTES).bytes(new Uint8Array(4));
    writer.tag(2, BYTES).bytes(new Uint8Array(4)).tag(3, WireType.Varint).uint32(0x7fff_ffff);
    const table = writer.tag(4, WireType.Varint).uint32(0x7fff_ffff).join().finish();
    expect(() => sampleResultFromProtobuf(table)).toThrow("topk_prompt_logprobs has 1 ids and 1 logprobs");
  });
});

describe("a zstd body", () => {
  /** A frame with a window of 1 KiB, and blocks of one repeated byte. */
  const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];
  const repeated = (size: number, last: boolean): number[] => {
    const header = (size << 3) | (1 << 1) | (last ? 1 : 0);
    return [header & 255, (header >> 8) & 255, header >> 16, 65];
  };
  const stored = (text: string): Uint8Array => {
    const header = (text.length << 3) | 1;
    return Uint8Array.of(...MAGIC, 0, 0, header & 255, (header >> 8) & 255, header >> 16, ...Buffer.from(text));
  };

  it("is decompressed, frames one after another", () => {
    expect(Buffer.from(unzstd(stored("hello, frames"), 100)).toString()).toBe("hello, frames");
    const two = Uint8Array.of(...stored("one and "), ...stored("another"));
    expect(Buffer.from(unzstd(two, 100)).toString()).toBe("one and another");
  });

  it("that is a bomb is refused before it is decompressed", () => {
    const blocks = Array.from({ length: 1000 }, (_, index) => repeated(100_000, index === 999)).flat();
    const bomb = Uint8Array.of(...MAGIC, 0, 56, ...blocks);
    expect(bomb.length).toBeLessThan(5000);
    expect(() => unzstd(bomb, 1_000_000)).toThrow("the zstd body is larger than 1000000 bytes when it is decompressed");
  });

  it("that is a bomb in its compressed blocks is stopped at the limit", () => {
    // What zstd 1.5 makes of 4 MB of zeros, without its size in the header.
    const block = (last: boolean): number[] => [
      0x54 | (last ? 1 : 0),
      0,
      0,
      0x10,
      0,
      0,
      1,
      0,
      0xfb,
      0xff,
      0x39,
      0xc0,
      0x02,
    ];
    const bomb = Uint8Array.of(...MAGIC, 0, 88, ...block(false), ...block(false), ...block(true));
    expect(unzstd(bomb, 400_000).length).toBe(3 * 131_072);
    expect(() => unzstd(bomb, 300_000)).toThrow("the zstd body is larger than 300000 bytes");
  });

  it("that asks for a window of 2 GB is refused before it is given", () => {
    const window = Uint8Array.of(...MAGIC, 0, 0xa8, ...repeated(1, true));
    expect(() => unzstd(window, 100)).toThrow("a zstd frame asks for a window of 2147483648 bytes");
    const size = Uint8Array.of(...MAGIC, 0xa0, 0xff, 0xff, 0xff, 0x7f, ...repeated(1, true));
    expect(() => unzstd(size, 100)).toThrow("a zstd frame asks for a window of 2147483647 bytes");
  });

  it("of frames without number is refused", () => {
    const frames = Array.from({ length: 65 }, () => [...stored("x")]).flat();
    expect(() => unzstd(Uint8Array.from(frames), 100)).toThrow("more than 64 frames");
  });

  it("that is none, or is cut or changed anywhere, is read or refused with our error", () => {
    expect(() => unzstd(Uint8Array.from(Buffer.from("garbage, and more of it")), 100)).toThrow(
      "the body is not valid zstd: no frame at byte 0",
    );
    const whole = Uint8Array.of(...MAGIC, 0, 88, 0x55, 0, 0, 0x10, 0, 0, 1, 0, 0xfb, 0xff, 0x39, 0xc0, 0x02);
    const refused = (bytes: Uint8Array): boolean => {
      try {
        return unzstd(bytes, 200_000).length <= 200_000;
      } catch (thrown) {
        if (thrown instanceof AepoError) return true;
        throw thrown;
      }
    };
    for (let length = 1; length < whole.length; length++) {
      expect(() => unzstd(whole.subarray(0, length), 200_000)).toThrow("not valid zstd");
    }
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) =>
        refused(Uint8Array.from(whole).fill(byte, at, at + 1)),
      ),
      { numRuns: 200 },
    );
  });
});

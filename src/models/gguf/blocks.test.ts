import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { BLOCK_FORMATS, FORMAT_NAMES } from "./block-formats.ts";
import { halfOf, HALF_VALUES, writeHalves } from "../../policy/half-floats.ts";

interface Golden {
  readonly blocks: Readonly<Record<string, { readonly bytes: string; readonly numbers: string }>>;
  readonly written: Readonly<Record<"numbers" | "F16" | "Q8_0", string>>;
}
const golden = JSON.parse(readFileSync("golden/gguf-values.json", "utf8")) as Golden;

function bytesOf(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, "base64"));
}
function floatsOf(base64: string): Float32Array {
  return new Float32Array(bytesOf(base64).buffer);
}

describe("block formats", () => {
  // golden/gguf-values.py: gguf-py's quants.dequantize.
  it.each(FORMAT_NAMES)("%s: the same bits as gguf-py", (name) => {
    const { blockLength, blockBytes, dequantize } = BLOCK_FORMATS[name];
    const { bytes, numbers } = golden.blocks[name] ?? { bytes: "", numbers: "" };
    const blocks = bytesOf(bytes);
    const expected = floatsOf(numbers);
    expect(expected.length).toBe((blocks.length / blockBytes) * blockLength);
    expect(expected.length).toBeGreaterThan(60);
    // Not at the start of its buffer, as a part of a tensor is.
    const out = new Float32Array(expected.length + 8).subarray(8);
    dequantize(blocks, out);
    expect(new Uint32Array(out.slice().buffer)).toEqual(new Uint32Array(expected.buffer));
  });
});

describe("halves", () => {
  it("are those numpy rounds to", () => {
    const numbers = floatsOf(golden.written.numbers);
    const out = new Uint8Array(2 * numbers.length);
    expect(writeHalves(numbers, out)).toBe(-1);
    expect(out).toEqual(bytesOf(golden.written.F16));
  });

  it("come back from their own values, all 63,488 finite ones", () => {
    for (let half = 0; half < 0x10000; half++) {
      if ((half & 0x7c00) === 0x7c00) continue;
      if (halfOf(HALF_VALUES[half] ?? 0) !== half) expect.fail(`half ${half}`);
    }
  });

  it("report the first number that has none", () => {
    const out = new Uint8Array(8);
    expect(writeHalves(Float32Array.of(65_519, 65_520, Number.NaN, 0), out)).toBe(1);
    expect(writeHalves(Float32Array.of(1, 2, Number.NaN, 0), out)).toBe(2);
  });
});

/** Kernels that take another way for large tensors, at sizes where they do, against plain sums. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { randomStream } from "../../std/random.ts";
import { input, matmul, scatterAddRows } from "../ops.ts";
import { openInlineRuntime } from "../runtime/node.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Value } from "../value.ts";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await openInlineRuntime({ threads: 2 });
});
afterAll(() => runtime.close());

const random = randomStream(1, "large-kernels");

async function evaluate(
  y: Value,
  inputs: Readonly<Record<string, { shape: number[]; data: Float32Array | Int32Array }>>,
) {
  const program = await runtime.compile({ outputs: { y } });
  const given = Object.entries(inputs).map(
    ([name, tensor]) => [name, { dtype: tensor.data instanceof Int32Array ? "i32" : "f32", ...tensor }] as const,
  );
  const { host } = await runtime.run(program, Object.fromEntries(given));
  return host["y"]?.data ?? new Float32Array();
}

describe("scatterAddRows into a large table", () => {
  const [rows, width, count] = [4096, 512, 512];
  const scattered = scatterAddRows(input("x", [count, width]), input("index", [count], "i32"), rows);

  it.each([
    ["different rows", (i: number) => 7 * i],
    ["nothing but equal rows", () => 4095],
    ["rows that meet a few times", (i: number) => (i * i) % 97],
  ])("adds up %s", async (_, indexOf) => {
    const data = Float32Array.from({ length: count * width }, () => random.integer(100));
    const index = Int32Array.from({ length: count }, (_x, i) => indexOf(i));
    const expected = new Float32Array(rows * width);
    for (const [i, row] of index.entries()) {
      for (let d = 0; d < width; d++) {
        expected[row * width + d] = (expected[row * width + d] ?? 0) + (data[i * width + d] ?? 0);
      }
    }
    const found = await evaluate(scattered, {
      x: { shape: [count, width], data },
      index: { shape: [count], data: index },
    });
    // Sums of small integers are exact in any order.
    expect(Buffer.compare(Buffer.from(found.buffer), Buffer.from(expected.buffer))).toBe(0);
  });
});

describe("a product with far more rows than columns", () => {
  it("sums over rows", async () => {
    const [count, rows, columns] = [3, 2 ** 20, 8];
    const [g, x] = [input("g", [count, rows]), input("x", [count, columns])];
    const [gData, xData] = [count * rows, count * columns].map((size) =>
      Float32Array.from({ length: size }, () => random.integer(9) - 4),
    ) as [Float32Array, Float32Array];
    const found = await evaluate(matmul(g, x, { transposeA: true, alpha: 2 }), {
      g: { shape: [count, rows], data: gData },
      x: { shape: [count, columns], data: xData },
    });
    for (let at = 0; at < 1000; at++) {
      const [row, column] = [random.integer(rows), random.integer(columns)];
      let sum = 0;
      for (let k = 0; k < count; k++) sum += 2 * (gData[k * rows + row] ?? 0) * (xData[k * columns + column] ?? 0);
      expect(found[row * columns + column]).toBe(sum);
    }
  });
});

import { describe, expect, it } from "vitest";
import { thrownMessage } from "../../test/support/thrown.ts";
import { gradients } from "./gradient.ts";
import { planGraph, print } from "./graph.ts";
import {
  add,
  constant,
  input,
  logSumExp,
  matmul,
  mul,
  pick,
  reshape,
  slice,
  square,
  stopGradient,
  sub,
  sum,
} from "./ops.ts";
import { openInlineRuntime } from "./runtime/node.ts";
import type { Value } from "./value.ts";

const x = input("x", [2]);

async function evaluate(y: Value, given: number[]): Promise<number[]> {
  const runtime = await openInlineRuntime({ threads: 1 });
  const program = await runtime.compile({ outputs: { y } });
  const inputs =
    "x" in program.inputs
      ? {
          x: {
            dtype: "f32" as const,
            shape: [2],
            data: Float32Array.from(given),
          },
        }
      : {};
  const { host } = await runtime.run(program, inputs);
  await runtime.close();
  return [...(host["y"]?.data ?? [])];
}

describe("gradients", () => {
  it("are zeros where the loss does not depend on the value", async () => {
    const other = input("other", [3]);
    const [dx, dOther] = gradients(sum(x, [0]), [x, other]);
    expect(await evaluate(dx as Value, [5, 6])).toEqual([1, 1]);
    expect([dOther?.shape, await evaluate(dOther as Value, [])]).toEqual([[3], [0, 0, 0]]);
  });

  it("add up over all uses: d(x² + 3x) = 2x + 3", async () => {
    const [dx] = gradients(sum(add(square(x), mul(x, 3)), [0]), [x]);
    expect(await evaluate(dx as Value, [1, -4])).toEqual([5, -5]);
  });

  it("stop at stopGradient: d(x · sg(x)) = x", async () => {
    const [dx] = gradients(sum(mul(x, stopGradient(x)), [0]), [x]);
    expect(await evaluate(dx as Value, [3, -2])).toEqual([3, -2]);
  });

  it("can be taken with respect to a value in the middle, and of a gradient: d²(x³) = 6x", async () => {
    const middle = square(x);
    const [dMiddle] = gradients(sum(mul(middle, x), [0]), [middle]);
    expect(await evaluate(dMiddle as Value, [3, -2])).toEqual([3, -2]);
    const [first] = gradients(sum(mul(square(x), x), [0]), [x]);
    const [second] = gradients(sum(first as Value, [0]), [x]);
    expect(await evaluate(second as Value, [3, -2])).toEqual([18, -12]);
  });

  it("of a picked log-softmax is one-hot minus softmax, without a matrix of zeros and its sum", async () => {
    const logits = reshape(x, [1, 2]);
    const picked = sub(pick(logits, constant([1], [1], "i32")), logSumExp(logits));
    const [dx] = gradients(sum(picked, [0]), [x]);
    const found = await evaluate(dx as Value, [0, Math.log(3)]);
    // softmax(0, log 3) = (1/4, 3/4).
    expect(found[0]).toBeCloseTo(-0.25, 6);
    expect(found[1]).toBeCloseTo(0.25, 6);
    // Summing what `place` spread over the row is not written: the gradient of the pick is there already.
    expect(planGraph({ outputs: { y: dx as Value } }).nodes.filter(({ op }) => op === "sum")).toEqual([]);
  });

  it("refuse a loss of more than one number", () => {
    expect(thrownMessage(() => gradients(x, [x]))).toBe(
      "gradients: the loss is not one number\n  expected: f32[]\n  found: f32[2]\n  to fix: reduce it with sum or mean",
    );
  });
});

describe("what they cost", () => {
  it("a matrix shared by a batch gets its gradient from one two-dimensional product", () => {
    const a = input("a", [4, 5, 3]);
    const w = input("w", [3, 7]);
    const [dw] = gradients(sum(square(matmul(a, w)), [0, 1, 2]), [w]);
    const products = planGraph({ outputs: { dw: dw as Value } }).nodes.filter(({ op }) => op === "matmul");
    expect(products.map(({ shape }) => shape)).toEqual([
      [4, 5, 7],
      [3, 7],
    ]);
  });

  it("slices that divide a value are concatenated, not padded and added", () => {
    const parts = [slice(x, 0, 0, 1), slice(x, 0, 1, 2)] as const;
    const [dx] = gradients(sum(mul(square(parts[0]), parts[1]), [0]), [x]);
    const text = print({ outputs: { dx: dx as Value } });
    expect([text.includes("concat"), text.includes("pad")]).toEqual([true, false]);
  });

  it("a sum's gradient is not written out where it meets an element-wise operation", () => {
    const [dx] = gradients(sum(square(reshape(x, [1, 2])), [0, 1]), [x]);
    expect(print({ outputs: { dx: dx as Value } })).not.toContain("broadcastTo");
  });
});

describe("recomputation", () => {
  /** Three blocks of y = y + (y·w)². */
  const w = input("w", [2]);
  function blocks(): { readonly loss: Value; readonly starts: Value[] } {
    const starts: Value[] = [];
    let y: Value = mul(x, 2);
    for (let block = 0; block < 3; block++) {
      starts.push(y);
      y = add(y, square(mul(y, w)));
    }
    return { loss: sum(y, [0]), starts };
  }

  it("gives the same gradient, and computes all but the last block again", async () => {
    const { loss, starts } = blocks();
    const [kept, again] = [gradients(loss, [w]), gradients(loss, [w], starts)].map(([dw]) =>
      planGraph({ outputs: { loss, dw: dw ?? loss } }),
    );
    const count = (op: string, plan = again): number => plan?.nodes.filter((node) => node.op === op).length ?? 0;
    // Each of two starts waits for the gradient of the block's end, and that for the part of dw found behind it.
    expect([count("after", kept), count("after")]).toEqual([0, 4]);
    const runtime = await openInlineRuntime({ threads: 1 });
    const inputs = { x: vector(0.3, -0.2), w: vector(0.7, 1.1) };
    const found: unknown[] = [];
    for (const recompute of [[], starts]) {
      const [dw = loss] = gradients(loss, [w], recompute);
      found.push((await runtime.run(await runtime.compile({ outputs: { dw } }), inputs)).host["dw"]);
    }
    expect(found[1]).toEqual(found[0]);
    await runtime.close();
  });
});

function vector(...data: number[]) {
  return { dtype: "f32" as const, shape: [data.length], data: Float32Array.from(data) };
}

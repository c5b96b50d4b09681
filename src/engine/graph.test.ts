import { describe, expect, it } from "vitest";
import { thrownMessage } from "../../test/support/thrown.ts";
import { gradients } from "./gradient.ts";
import { graphKey, planGraph, print } from "./graph.ts";
import {
  add,
  broadcastTo,
  constant,
  input,
  matmul,
  mul,
  neg,
  reshape,
  sigmoid,
  slice,
  stopGradient,
  sub,
  sum,
  transpose,
} from "./ops.ts";
import type { Value } from "./value.ts";

const ops = (outputs: Record<string, Value>): string[] => planGraph({ outputs }).nodes.map(({ op }) => op);

describe("text and key", () => {
  it("prints a product and its gradient, one node a line", () => {
    const x = input("x", [2, 3]);
    const w = input("w", [3, 4]);
    const loss = sum(sigmoid(matmul(x, w)), [0, 1]);
    const [dw] = gradients(loss, [w]);
    // 1 · (s · (1 − s)) with s = sigmoid: the factor 1 from the loss has gone; the sigmoid is shared.
    expect(print({ outputs: { loss, dw: dw as Value } })).toBe(
      `%0 = input() {name: "x"} f32[2, 3]
%1 = input() {name: "w"} f32[3, 4]
%2 = matmul(%0, %1) {transposeA: false, transposeB: false, alpha: 1} f32[2, 4]
%3 = sigmoid(%2) f32[2, 4]
%4 = constant() {1} f32[]
%5 = sub(%4, %3) f32[2, 4]
%6 = mul(%3, %5) f32[2, 4]
%7 = matmul(%0, %6) {transposeA: true, transposeB: false, alpha: 1} f32[3, 4]
%8 = sum(%3) {axes: [0,1], keepDims: false} f32[]
dw <- %7
loss <- %8`,
    );
  });

  it("equal graphs have equal keys, however they were built", () => {
    const build = (): Value => add(mul(input("x", [2]), 3), constant([1, 2], [2]));
    const x = input("x", [2]);
    expect(graphKey({ outputs: { y: build() } })).toBe(graphKey({ outputs: { y: build() } }));
    expect(
      graphKey({
        outputs: { y: add(mul(mul(x, 1), 3), constant([1, 2], [2])) },
      }),
    ).toBe(graphKey({ outputs: { y: build() } }));
  });

  it.each<[string, (x: Value) => Record<string, Value>]>([
    ["a constant", (x) => ({ y: add(x, 2) })],
    ["the sign of a zero", (x) => ({ y: mul(x, -0) })],
    ["a large constant", (x) => ({ y: add(x, constant([1, 2, 3, 4, 5, 7], [6])) })],
    ["a parameter", (x) => ({ y: slice(x, 0, 1, 3) })],
    ["an operand", (x) => ({ y: sub(x, neg(x)) })],
    ["the order of operands", (x) => ({ y: sub(neg(x), x) })],
    ["an output's name", (x) => ({ z: add(x, 1) })],
    ["another output", (x) => ({ y: add(x, 1), z: x })],
  ])("the key depends on %s", (_, build) => {
    const x = input("x", [6]);
    const others = [add(x, 1), mul(x, 0), add(x, constant([1, 2, 3, 4, 5, 6], [6])), slice(x, 0, 2, 4), sub(x, x)];
    const keys = new Set(others.map((y) => graphKey({ outputs: { y } })));
    expect(keys.has(graphKey({ outputs: build(x) }))).toBe(false);
    expect(keys.size).toBe(others.length);
  });

  it("refuses two inputs of one name", () => {
    const y = add(input("x", [2]), input("x", [3, 1]));
    expect(thrownMessage(() => planGraph({ outputs: { y } }))).toBe(
      'two inputs are named "x"\n  found: f32[2] and f32[3, 1]\n  to fix: make the input once and use that value in both places',
    );
  });

  it("refuses a graph without outputs", () => {
    expect(thrownMessage(() => planGraph({ outputs: {} }))).toBe("the graph has no outputs\n  expected: at least one");
  });
});

describe("simplification", () => {
  const x = input("x", [2, 3]);

  it("merges equal expressions", () => {
    expect(ops({ y: add(sigmoid(x), sigmoid(x)) })).toEqual(["input", "sigmoid", "add"]);
  });

  it.each<[string, Value, string[]]>([
    ["x · 1", mul(x, broadcastTo(constant([1], []), [2, 3])), ["input"]],
    ["0 + x", add(0, x), ["input"]],
    ["x − 0", sub(x, 0), ["input"]],
    ["0 − x stays", sub(0, x), ["constant", "input", "sub"]],
    ["stopGradient", neg(stopGradient(x)), ["input", "neg"]],
    ["reshapes", reshape(reshape(x, [6]), [3, 2]), ["input", "reshape"]],
    ["reshape there and back", neg(reshape(reshape(x, [6]), [2, 3])), ["input", "neg"]],
    ["transposes that cancel", transpose(transpose(x, [1, 0]), [1, 0]), ["input"]],
    ["a transpose that moves an axis of extent 1", transpose(reshape(x, [2, 1, 3]), [1, 0, 2]), ["input", "reshape"]],
    ["a transpose below a product", matmul(transpose(x, [1, 0]), x), ["input", "matmul"]],
    [
      "a broadcast below an element-wise operation",
      add(x, broadcastTo(constant([1, 2, 3], [3]), [2, 3])),
      ["input", "constant", "add"],
    ],
    ["a broadcast that makes the shape stays", neg(broadcastTo(x, [4, 2, 3])), ["input", "broadcastTo", "neg"]],
    [
      "two broadcasts: one is enough",
      add(broadcastTo(x, [4, 2, 3]), broadcastTo(x, [4, 2, 3])),
      ["input", "broadcastTo", "add"],
    ],
  ])("%s", (_, y, wanted) => {
    expect(ops({ y })).toEqual(wanted);
  });
});

it("walks a graph of 100,000 nodes in a row", () => {
  let x = input("x", [1]);
  for (let i = 0; i < 100_000; i++) x = neg(x);
  expect(planGraph({ outputs: { x } }).nodes).toHaveLength(100_001);
});

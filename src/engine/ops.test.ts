import { describe, expect, it } from "vitest";
import { thrownMessage } from "../../test/support/thrown.ts";
import {
  add,
  and,
  argmax,
  broadcastTo,
  cast,
  clamp,
  concat,
  constant,
  cumsum,
  gatherRows,
  input,
  matmul,
  mul,
  pad,
  pick,
  place,
  reshape,
  rmsNorm,
  swiGlu,
  rotary,
  scatterAddRows,
  slice,
  softmax,
  sum,
  transpose,
  where,
} from "./ops.ts";
import type { Value } from "./value.ts";

const f = (...shape: number[]): Value => input(`f${shape.join("x")}`, shape);
const i = (...shape: number[]): Value => input(`i${shape.join("x")}`, shape, "i32");
const b = (...shape: number[]): Value => input(`b${shape.join("x")}`, shape, "bool");

describe("shape and dtype are inferred", () => {
  it.each([
    ["add", add(f(2, 1), f(3)), "f32", [2, 3]],
    ["a number takes the other's dtype", mul(i(2), 3), "i32", [2]],
    ["where", where(b(4, 1), f(3), 0), "f32", [4, 3]],
    [
      "matmul, both transposed, leading axes broadcast",
      matmul(f(2, 1, 4, 3), f(5, 7, 4), { transposeA: true, transposeB: true }),
      "f32",
      [2, 5, 3, 7],
    ],
    ["reshape with −1", reshape(f(2, 3, 4), [-1, 8]), "f32", [3, 8]],
    ["transpose", transpose(f(2, 3, 4), [2, 0, 1]), "f32", [4, 2, 3]],
    ["concat", concat([f(2, 3), f(2, 1)], -1), "f32", [2, 4]],
    ["slice from the end", slice(f(5, 3), 0, -2, 5), "f32", [2, 3]],
    ["pad", pad(f(2, 3), 1, 1, 2), "f32", [2, 6]],
    ["sum", sum(f(2, 3, 4), [0, -1]), "f32", [3]],
    ["sum, kept", sum(f(2, 3, 4), [0, -1], true), "f32", [1, 3, 1]],
    ["argmax", argmax(f(2, 3)), "i32", [2]],
    ["gatherRows", gatherRows(f(9, 4), i(2, 3)), "f32", [2, 3, 4]],
    ["scatterAddRows", scatterAddRows(f(2, 3, 4), i(2, 3), 9), "f32", [9, 4]],
    ["pick", pick(f(2, 3, 9), i(2, 3)), "f32", [2, 3]],
    ["place", place(f(2, 3), i(2, 3), 9), "f32", [2, 3, 9]],
  ] as const)("%s", (_, value, dtype, shape) => {
    expect([value.dtype, value.shape]).toEqual([dtype, shape]);
  });
});

describe("errors name the operation, the shapes, and what would have been right", () => {
  it.each<[() => Value, string]>([
    [
      () => add(f(2, 3), f(4)),
      "add: shapes [2, 3] and [4] do not broadcast\n  expected: equal extents, or 1, counted from the last axis",
    ],
    [
      () => mul(f(2), i(2)),
      "mul: the operands have different dtypes\n  found: f32[2] and i32[2]\n  to fix: cast one of them",
    ],
    [
      () => softmax(i(3)),
      'softmax: x has dtype i32\n  expected: f32\n  found: i32[3]\n  to fix: convert it with cast(x, "f32")',
    ],
    [
      () => and(f(2), b(2)),
      'and: x has dtype f32\n  expected: bool\n  found: f32[2]\n  to fix: convert it with cast(x, "bool")',
    ],
    [
      () => matmul(f(2, 3), f(4, 5)),
      "matmul: shapes [2, 3] and [4, 5] do not multiply\n  expected: equal inner extents, not 3 and 4",
    ],
    [
      () => matmul(f(2, 3), f(4, 5), { transposeB: true }),
      "matmul: shapes [2, 3] and [4, 5] (transposed) do not multiply\n  expected: equal inner extents, not 3 and 5",
    ],
    [
      () => matmul(f(2, 4, 3), f(5, 3, 4)),
      "matmul: shapes [2, 4, 3] and [5, 3, 4] do not multiply\n  expected: leading axes that broadcast",
    ],
    [() => matmul(f(3), f(3, 4)), "matmul: a has too few axes\n  expected: at least 2\n  found: shape [3]"],
    [
      () => reshape(f(2, 3), [4, -1]),
      "reshape: [2, 3] cannot become [4, -1]\n  expected: 6 elements and at most one −1",
    ],
    [
      () => transpose(f(2, 3), [0, 0]),
      "transpose: [0, 0] is not an order of the axes of [2, 3]\n  expected: each of 0 … 1 once",
    ],
    [
      () => broadcastTo(f(2, 3), [3]),
      "broadcastTo: [2, 3] does not broadcast to [3]\n  expected: equal extents, or 1, counted from the last axis",
    ],
    [
      () => concat([f(2, 3), f(3, 3)], 1),
      "concat: f32[3, 3] does not join f32[2, 3] along axis 1\n  expected: the same dtype and the same extents on every other axis",
    ],
    [() => slice(f(4), 0, 3, 2), "slice: 3 to 2 is not a range of axis 0 of [4]\n  expected: 0 ≤ start < end ≤ 4"],
    [() => sum(f(2, 3), [2]), "sum: there is no axis 2\n  expected: an integer from -2 to 1\n  found: shape [2, 3]"],
    [() => sum(f(2, 3), [1, -1]), "sum: axes [1, -1] of [2, 3] name one axis twice"],
    [() => cumsum(f(), 0), "cumsum: there is no axis 0\n  expected: a value with at least one axis\n  found: shape []"],
    [() => pick(f(2, 9), i(3)), "pick: index [3] does not fit x [2, 9]\n  expected: an index of shape [2]"],
    [
      () => scatterAddRows(f(2, 3), i(3), 4),
      "scatterAddRows: index [3] does not lead x [2, 3]\n  expected: x to begin with the axes of the index",
    ],
    [() => swiGlu(f(2, 3), f(3, 2)), "swiGlu: gate [2, 3] and up [3, 2] differ\n  expected: one shape"],
    [
      () => rmsNorm(f(2, 3), f(2), 1e-5),
      "rmsNorm: weight [2] does not fit x [2, 3]\n  expected: a weight of shape [3]",
    ],
    [() => rotary(f(2, 3), f(1), f(1)), "rotary: the last axis of x [2, 3] is odd\n  expected: an even extent"],
    [
      () => rotary(f(2, 4), f(3), f(2)),
      "rotary: cos [3] does not broadcast to [2, 2]\n  expected: half the last axis of x",
    ],
    [() => clamp(f(2), 1, 0), "clamp: the bounds are out of order: 1 and 0\n  expected: low ≤ high"],
    [() => constant([1, 2], [3]), "constant: 2 numbers do not fill shape [3]\n  expected: 3 numbers"],
    [() => input("x", [0]), "input: [0] is not a shape\n  expected: positive integers"],
  ])("%#", (build, message) => {
    expect(thrownMessage(build)).toBe(message);
  });
});

it("cast to the same dtype, reshape to the same shape and slices of everything are the value itself", () => {
  const x = f(2, 3);
  expect([cast(x, "f32"), reshape(x, [2, 3]), slice(x, 0, 0, 2), transpose(x, [0, 1]), broadcastTo(x, [2, 3])]).toEqual(
    [x, x, x, x, x],
  );
});

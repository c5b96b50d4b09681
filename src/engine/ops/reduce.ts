/** Operations that combine the elements of an axis. */
import { extentOf, showShape } from "../shape.ts";
import type { Shape, Value } from "../value.ts";
import { checkAxis, checkDType, checkRank, refuse } from "./check.ts";
import { mul } from "./elementwise.ts";

function reduced(op: string, x: Value, axes: readonly number[], keepDims: boolean): { axes: number[]; shape: Shape } {
  const front = axes.map((axis) => checkAxis(op, axis, x)).sort((a, b) => a - b);
  if (new Set(front).size !== front.length) {
    refuse(op, `axes ${showShape(axes)} of ${showShape(x.shape)} name one axis twice`);
  }
  const shape = x.shape.flatMap((extent, axis) => (!front.includes(axis) ? [extent] : keepDims ? [1] : []));
  return { axes: front, shape };
}

/** Sum over the axes; they disappear, or stay with extent 1. No axes: x itself. */
export function sum(x: Value, axes: readonly number[], keepDims = false): Value {
  checkDType("sum", "x", x, ["f32", "i32"]);
  if (axes.length === 0) return x;
  const { axes: front, shape } = reduced("sum", x, axes, keepDims);
  return {
    op: "sum",
    inputs: [x],
    params: { axes: front, keepDims },
    shape,
    dtype: x.dtype,
  };
}

/** Largest element over the axes; equal maxima share the gradient. */
export function max(x: Value, axes: readonly number[], keepDims = false): Value {
  checkDType("max", "x", x, ["f32", "i32"]);
  if (axes.length === 0) return x;
  const { axes: front, shape } = reduced("max", x, axes, keepDims);
  return {
    op: "max",
    inputs: [x],
    params: { axes: front, keepDims },
    shape,
    dtype: x.dtype,
  };
}

export function mean(x: Value, axes: readonly number[], keepDims = false): Value {
  checkDType("mean", "x", x, ["f32"]);
  const count = axes.reduce((product, axis) => product * extentOf(x.shape, checkAxis("mean", axis, x)), 1);
  return mul(sum(x, axes, keepDims), 1 / count);
}

/** Running sum along one axis, the element itself included; `reverse` runs from the end. */
export function cumsum(x: Value, axis: number, reverse = false): Value {
  checkDType("cumsum", "x", x, ["f32", "i32"]);
  const params = { axis: checkAxis("cumsum", axis, x), reverse };
  return { op: "cumsum", inputs: [x], params, shape: x.shape, dtype: x.dtype };
}

/** Index of the largest element of the last axis, the first of equals. i32, no gradient. */
export function argmax(x: Value): Value {
  checkDType("argmax", "x", x, ["f32", "i32"]);
  checkRank("argmax", "x", x, 1);
  return {
    op: "argmax",
    inputs: [x],
    params: {},
    shape: x.shape.slice(0, -1),
    dtype: "i32",
  };
}

/**
 * How every operation is written in ONNX: one entry an operation. Where a provider computes an operator wrongly or slowly,
 * the entry takes another way for that device; the op tests run every entry on both.
 */
import { extentOf, sizeOf } from "../shape.ts";
import type { DType, OpName, Value, ValueOf } from "../value.ts";
import type { Emitter } from "./emitter.ts";
import { lowerCos, lowerPow, lowerSin } from "./kernels-accurate.ts";
import { lowerMatmul } from "./kernels-matmul.ts";
import { lowerInverseRms, lowerLogSumExp, lowerRmsNorm, lowerRotary, lowerSwiGlu } from "./kernels-network.ts";
import { lowerAdd, lowerGatherRows, lowerPick, lowerPlace, lowerScatterAddRows } from "./kernels-rows.ts";
import type { Uses } from "./uses.ts";

/** Emits the nodes of one value and returns the name of its tensor. */
export type Kernel<P extends OpName> = (value: ValueOf<P>, emitter: Emitter, uses: Uses) => string;

const CAST_TO: Readonly<Record<DType, number>> = { f32: 1, i32: 6, bool: 9 };

/** An ONNX operator of the same operands and no attributes. */
function same(type: string): (value: Value, emitter: Emitter) => string {
  return (value, emitter) =>
    emitter.op(
      type,
      value.inputs.map((operand) => emitter.of(operand)),
    );
}

export const kernels = {
  input: ({ params }) => inputPort(params.name),
  constant: ({ params, shape, dtype }, e) => e.constant(params.data, shape, dtype),

  neg: same("Neg"),
  exp: same("Exp"),
  log: same("Log"),
  sqrt: same("Sqrt"),
  abs: same("Abs"),
  sign: same("Sign"),
  sigmoid: same("Sigmoid"),
  tanh: same("Tanh"),
  sin: lowerSin,
  cos: lowerCos,
  reciprocal: same("Reciprocal"),
  floor: same("Floor"),
  not: same("Not"),

  add: lowerAdd,
  sub: same("Sub"),
  mul: same("Mul"),
  div: same("Div"),
  minimum: same("Min"),
  maximum: same("Max"),
  pow: lowerPow,
  less: same("Less"),
  lessEqual: same("LessOrEqual"),
  greater: same("Greater"),
  greaterEqual: same("GreaterOrEqual"),
  equal: same("Equal"),
  and: same("And"),
  or: same("Or"),
  where: same("Where"),
  cast: ({ inputs: [x], dtype }, e) => e.op("Cast", [e.of(x)], { to: { int: CAST_TO[dtype] } }),
  clamp: ({ inputs: [x], params }, e) => e.op("Clip", [e.of(x), e.float(params.low), e.float(params.high)]),
  stopGradient: same("Identity"),
  includes: ({ inputs: [total] }, e) => e.op("Identity", [e.of(total)]),
  // Nothing is below −∞, and no optimiser sees that the choice is none.
  after: ({ inputs: [x, y] }, e) => {
    const first = e.op("Slice", [e.reshape(e.of(y), [-1]), e.longs(0), e.longs(1), e.longs(0)]);
    const never = e.op("Less", [first, e.float(Number.NEGATIVE_INFINITY)]);
    return e.op("Where", [e.reshape(never, []), e.of(x), e.of(x)]);
  },

  matmul: lowerMatmul,

  reshape: ({ inputs: [x], shape }, e) => e.reshape(e.of(x), shape),
  transpose: ({ inputs: [x], params }, e) => e.op("Transpose", [e.of(x)], { perm: { ints: params.perm } }),
  broadcastTo: ({ inputs: [x], shape }, e) => e.op("Expand", [e.of(x), e.longs(...shape)]),
  concat: ({ inputs, params }, e) =>
    e.op(
      "Concat",
      inputs.map((x) => e.of(x)),
      { axis: { int: params.axis } },
    ),
  slice: ({ inputs: [x], params: { axis, start, end } }, e) =>
    e.op("Slice", [e.of(x), e.longs(start), e.longs(end), e.longs(axis)]),
  pad: ({ inputs: [x], params: { axis, before, after }, dtype }, e) => {
    const zero = dtype === "f32" ? e.float(0) : e.constant(Int32Array.of(0), [], dtype);
    return e.op("Pad", [e.of(x), e.longs(before, after), zero, e.longs(axis)]);
  },

  sum: (value, e) => (isColumnSum(value, e) ? columnSum(value, e) : reduce("ReduceSum", value, e)),
  max: (value, e) => reduce("ReduceMax", value, e),
  cumsum: ({ inputs: [x], params }, e) =>
    e.op("CumSum", [e.of(x), e.constant(Int32Array.of(params.axis), [], "i32")], {
      reverse: { int: Number(params.reverse) },
    }),
  argmax: ({ inputs: [x] }, e) => {
    const index = e.op("ArgMax", [e.of(x)], {
      axis: { int: -1 },
      keepdims: { int: 0 },
    });
    return e.op("Cast", [index], { to: { int: CAST_TO.i32 } });
  },

  gatherRows: lowerGatherRows,
  scatterAddRows: lowerScatterAddRows,
  pick: lowerPick,
  place: lowerPlace,

  softmax: ({ inputs: [x] }, e) => e.op("Softmax", [e.of(x)], { axis: { int: -1 } }),
  logSumExp: lowerLogSumExp,
  inverseRms: lowerInverseRms,
  rmsNorm: lowerRmsNorm,
  rotary: lowerRotary,
  swiGlu: lowerSwiGlu,
} satisfies { [P in OpName]: Kernel<P> };

/** ONNX has one namespace: our inputs, outputs and intermediate names must not meet. */
export function inputPort(name: string): string {
  return `in:${name}`;
}

export function outputPort(name: string): string {
  return `out:${name}`;
}

/** Fewer rows are as fast summed up by the kernel for it. */
const MANY_ROWS = 32;

/** Σ over all axes but the last, on the processor. */
function isColumnSum({ inputs: [x], params: { axes } }: ValueOf<"sum">, e: Emitter): boolean {
  const leading = x.shape.length - 1;
  const isLeading = axes.length === leading && axes.every((axis) => axis < leading);
  return e.device === "cpu" && x.dtype === "f32" && isLeading && sizeOf(x.shape.slice(0, -1)) >= MANY_ROWS;
}

/** As a row of ones times the matrix: two to five times as fast as ReduceSum. */
function columnSum({ inputs: [x], shape }: ValueOf<"sum">, e: Emitter): string {
  const rows = sizeOf(x.shape.slice(0, -1));
  const ones = e.constant(new Float32Array(rows).fill(1), [1, rows], "f32");
  return e.reshape(e.op("MatMul", [ones, e.reshape(e.of(x), [rows, extentOf(x.shape, -1)])]), shape);
}

function reduce(type: string, { inputs: [x], params }: ValueOf<"sum"> | ValueOf<"max">, e: Emitter): string {
  return e.op(type, [e.of(x), e.longs(...params.axes)], {
    keepdims: { int: Number(params.keepDims) },
  });
}

/**
 * The derivative of every operation. A rule gets the node and the gradient of the loss with respect to its value, and
 * returns one gradient an operand; null where none passes (indices, conditions, steps).
 */
import {
  cast,
  cos,
  cumsum,
  div,
  equal,
  gatherRows,
  greaterEqual,
  log,
  matmul,
  mul,
  neg,
  pad,
  pick,
  place,
  pow,
  reshape,
  scatterAddRows,
  sign,
  sin,
  slice,
  square,
  sub,
  sum,
  transpose,
  where,
  broadcastTo,
  greater,
  less,
  lessEqual,
  and,
} from "../ops.ts";
import { extentOf } from "../shape.ts";
import type { OpName, Shape, Value, ValueOf } from "../value.ts";
import { matmulGradient } from "./matmul.ts";
import { inverseRmsGradient, rmsNormGradient, rotaryGradient, swiGluGradient } from "./network.ts";
import { sumTo } from "./sum-to.ts";

export type Gradients = readonly (Value | null)[];
type Rule<P extends OpName> = (value: ValueOf<P>, gradient: Value) => Gradients;

const none = (): Gradients => [null, null, null];

const rules = {
  input: none,
  constant: none,
  stopGradient: none,
  after: (_, g) => [g, null],
  includes: (_, g) => [g, g],
  sign: none,
  floor: none,
  not: none,
  less: none,
  lessEqual: none,
  greater: none,
  greaterEqual: none,
  equal: none,
  and: none,
  or: none,
  argmax: none,

  neg: (_, g) => [neg(g)],
  exp: (y, g) => [mul(g, y)],
  log: ({ inputs: [x] }, g) => [div(g, x)],
  sqrt: (y, g) => [div(mul(g, 0.5), y)],
  abs: ({ inputs: [x] }, g) => [mul(g, sign(x))],
  sigmoid: (y, g) => [mul(g, mul(y, sub(1, y)))],
  tanh: (y, g) => [mul(g, sub(1, square(y)))],
  sin: ({ inputs: [x] }, g) => [mul(g, cos(x))],
  cos: ({ inputs: [x] }, g) => [mul(g, neg(sin(x)))],
  reciprocal: (y, g) => [mul(g, neg(square(y)))],

  add: ({ inputs: [x, y] }, g) => [sumTo(g, x.shape), sumTo(g, y.shape)],
  sub: ({ inputs: [x, y] }, g) => [sumTo(g, x.shape), neg(sumTo(g, y.shape))],
  mul: ({ inputs: [x, y] }, g) => [sumTo(mul(g, y), x.shape), sumTo(mul(g, x), y.shape)],
  div: (z, g) => {
    const [x, y] = z.inputs;
    const gx = div(g, y);
    return [sumTo(gx, x.shape), sumTo(neg(mul(gx, z)), y.shape)];
  },
  minimum: ({ inputs: [x, y] }, g) => winner(less(x, y), x, y, g),
  maximum: ({ inputs: [x, y] }, g) => winner(greater(x, y), x, y, g),
  pow: (z, g) => {
    const [x, y] = z.inputs;
    // x ≤ 0: log x is not defined; the derivative by the exponent is taken as 0 (as in PyTorch at x = 0).
    const logX = where(greater(x, 0), log(where(greater(x, 0), x, 1)), 0);
    return [sumTo(mul(g, mul(y, pow(x, sub(y, 1)))), x.shape), sumTo(mul(mul(g, z), logX), y.shape)];
  },
  where: ({ inputs: [condition, a, b] }, g) => [
    null,
    sumTo(where(condition, g, 0), a.shape),
    sumTo(where(condition, 0, g), b.shape),
  ],
  cast: ({ inputs: [x] }, g) => [x.dtype === "f32" ? g : null],
  clamp: ({ inputs: [x], params }, g) => {
    if (params.straightThrough) return [g];
    return [where(and(greaterEqual(x, params.low), lessEqual(x, params.high)), g, 0)];
  },

  matmul: matmulGradient,

  reshape: ({ inputs: [x] }, g) => [reshape(g, x.shape)],
  transpose: ({ params: { perm } }, g) => [
    transpose(
      g,
      perm.map((_, axis) => perm.indexOf(axis)),
    ),
  ],
  broadcastTo: ({ inputs: [x] }, g) => [sumTo(g, x.shape)],
  concat: ({ inputs, params: { axis } }, g) => {
    let start = 0;
    return inputs.map((x) => {
      const from = start;
      start += extentOf(x.shape, axis);
      return slice(g, axis, from, start);
    });
  },
  slice: ({ inputs: [x], params: { axis, start, end } }, g) => [pad(g, axis, start, extentOf(x.shape, axis) - end)],
  pad: ({ inputs: [x], params: { axis, before } }, g) => [slice(g, axis, before, before + extentOf(x.shape, axis))],

  sum: ({ inputs: [x], params: { axes } }, g) => [spread(g, axes, x.shape)],
  max: (y, g) => {
    const [x] = y.inputs;
    const { axes } = y.params;
    const largest = cast(equal(x, spread(y, axes, x.shape)), "f32");
    return [mul(largest, spread(div(g, sum(largest, axes, y.params.keepDims)), axes, x.shape))];
  },
  cumsum: ({ params: { axis, reverse } }, g) => [cumsum(g, axis, !reverse)],

  gatherRows: ({ inputs: [x, index] }, g) => [
    x.dtype === "f32" ? scatterAddRows(g, index, extentOf(x.shape, 0)) : null,
    null,
  ],
  scatterAddRows: ({ inputs: [, index] }, g) => [gatherRows(g, index), null],
  pick: ({ inputs: [x, index] }, g) => [place(g, index, extentOf(x.shape, -1)), null],
  place: ({ inputs: [, index] }, g) => [pick(g, index), null],

  softmax: (y, g) => [mul(y, sub(g, meanGradient(y, g)))],
  logSumExp: ({ inputs: [, p] }, g) => [mul(p, reshape(g, [...g.shape, 1])), null],
  inverseRms: inverseRmsGradient,
  rmsNorm: rmsNormGradient,
  rotary: rotaryGradient,
  swiGlu: swiGluGradient,
} satisfies { [P in OpName]: Rule<P> };

/** The gradients of the operands of one node. */
export function gradientRule(value: Value, gradient: Value): Gradients {
  // The table pairs every name with a rule of that name's node; TypeScript cannot follow the pairing through an index.
  const rule = rules[value.op] as (value: Value, gradient: Value) => Gradients;
  return rule(value, gradient);
}

/** Gradients of a minimum or maximum: all to x where it wins, half to each where they are equal, else all to y. */
function winner(xWins: Value, x: Value, y: Value, g: Value): Gradients {
  const shareOfX = where(xWins, g, where(equal(x, y), mul(g, 0.5), 0));
  return [sumTo(shareOfX, x.shape), sumTo(sub(g, shareOfX), y.shape)];
}

/**
 * Σ g·y over the last axis. Where y is multiplied with a matrix B (attention's values), g = d·Bᵀ and the sum is that of d·(y·B):
 * y·B stands in the forward pass, and its rows are narrower than those of y by far.
 */
function meanGradient(y: Value, g: Value): Value {
  if (g.op !== "matmul" || g.params.transposeA) return sum(mul(g, y), [-1], true);
  const [d, b] = g.inputs;
  const { transposeB, alpha } = g.params;
  return sum(mul(d, matmul(y, b, { transposeB: !transposeB, alpha })), [-1], true);
}

/** Puts back the axes that a reduction took away and repeats along them. */
function spread(reduced: Value, axes: readonly number[], shape: Shape): Value {
  return broadcastTo(
    reshape(
      reduced,
      shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent)),
    ),
    shape,
  );
}

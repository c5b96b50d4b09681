/**
 * Every operation an expression can be built from. Each infers and checks shape and dtype when called and throws an
 * AepoError that names the operation and the shapes; nothing is computed here.
 */
export { constant, input, scalar } from "./ops/leaves.ts";
export {
  abs,
  add,
  and,
  cast,
  clamp,
  clampStraightThrough,
  cos,
  div,
  equal,
  exp,
  floor,
  greater,
  greaterEqual,
  less,
  lessEqual,
  log,
  maximum,
  minimum,
  mul,
  neg,
  not,
  or,
  pow,
  reciprocal,
  sigmoid,
  sign,
  sin,
  sqrt,
  square,
  after,
  includes,
  stopGradient,
  sub,
  tanh,
  where,
} from "./ops/elementwise.ts";
export { matmul } from "./ops/matmul.ts";
export {
  broadcastTo,
  concat,
  pad,
  reshape,
  slice,
  transpose,
} from "./ops/layout.ts";
export { argmax, cumsum, max, mean, sum } from "./ops/reduce.ts";
export { gatherRows, pick, place, scatterAddRows } from "./ops/rows.ts";
export {
  inverseRms,
  logSumExp,
  rmsNorm,
  rotary,
  softmax,
  swiGlu,
} from "./ops/network.ts";

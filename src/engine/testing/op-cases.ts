/**
 * Test cases of every operation: how a case of golden/ops.json (same names) is built with our operations. A new operation
 * does not type-check until it has cases here, and its cases do not run until golden/ops.py has their numbers.
 */
import {
  abs,
  add,
  and,
  argmax,
  broadcastTo,
  cast,
  clamp,
  clampStraightThrough,
  concat,
  constant,
  cos,
  cumsum,
  div,
  equal,
  exp,
  floor,
  gatherRows,
  greater,
  greaterEqual,
  inverseRms,
  less,
  lessEqual,
  log,
  logSumExp,
  matmul,
  max,
  maximum,
  mean,
  minimum,
  mul,
  neg,
  not,
  or,
  pad,
  pick,
  place,
  pow,
  reciprocal,
  reshape,
  rmsNorm,
  rotary,
  scatterAddRows,
  sigmoid,
  sign,
  sin,
  slice,
  softmax,
  sqrt,
  square,
  after,
  includes,
  stopGradient,
  sub,
  sum,
  swiGlu,
  tanh,
  transpose,
  where,
} from "../ops.ts";
import type { OpName, Value } from "../value.ts";

export interface OpCase {
  readonly build: (...inputs: readonly Value[]) => Value;
  /** false: the derivative is defined to differ from the slope (or there is a step at the inputs). */
  readonly slope: boolean;
}

type Build1 = (x: Value) => Value;
type Build2 = (x: Value, y: Value) => Value;
type Cases = Readonly<Record<string, OpCase>>;

/** Cases get exactly as many inputs as golden/ops.json lists; the missing ones of a shorter list would be a broken test. */
function of(build: (x: Value, y: Value, z: Value, w: Value) => Value, slope = true): OpCase {
  return {
    slope,
    build: (x, y, z, w) => build(x, y, z, w),
  };
}

function unary(op: Build1, others: Cases = {}): Cases {
  return { vector: of(op), "3d": of(op), ...others };
}

function binary(op: Build2, others: Cases = {}): Cases {
  return {
    same: of(op),
    row: of(op),
    column: of(op),
    lead: of(op),
    scalar: of(op),
    ...others,
  };
}

function comparison(op: Build2): Cases {
  return { f32: of(op, false), i32: of(op, false) };
}

function reductions(op: (x: Value, axes: readonly number[], keepDims?: boolean) => Value, others: Cases = {}): Cases {
  const axes = { rows: [0], last: [2], two: [0, 2], all: [0, 1, 2] };
  const free = Object.entries(axes).map(([name, list]) => [name, of((x) => op(x, list))]);
  const kept = Object.entries(axes).map(([name, list]) => [`${name}-kept`, of((x) => op(x, list, true))]);
  return { ...Object.fromEntries([...free, ...kept]), ...others };
}

function products(): Cases {
  const cases: Record<string, OpCase> = {
    "one-row": of((a, b) => matmul(a, b)),
  };
  for (const [flags, transposeA, transposeB] of [
    ["nn", false, false],
    ["tn", true, false],
    ["nt", false, true],
    ["tt", true, true],
  ] as const) {
    const alphas = {
      "": 1,
      "-alpha": 0.3,
      "-batch": 0.5,
      "-shared-b": 1,
      "-shared-a": 1,
      "-broadcast": 1,
    };
    for (const [kind, alpha] of Object.entries(alphas)) {
      cases[`${flags}${kind}`] = of((a, b) => matmul(a, b, { transposeA, transposeB, alpha }));
    }
  }
  return cases;
}

const mask = [0, -Infinity, -Infinity, 0, 0, -Infinity, 0, 0, 0];

/** Everything that is fused or shared when lowered, in one block. */
function attention(x: Value, norm: Value, qkv: Value, out: Value): Value {
  const projected = matmul(rmsNorm(x, norm, 1e-5), qkv);
  const [q, k, v] = [slice(projected, -1, 0, 4), slice(projected, -1, 4, 8), slice(projected, -1, 8, 12)];
  const p = softmax(add(matmul(q, k, { transposeB: true, alpha: 0.5 }), constant(mask, [3, 3])));
  return add(swiGlu(matmul(matmul(p, v), out), x), x);
}

export const opCases = {
  input: { any: of((x) => x) },
  constant: { added: of((x) => add(x, constant([1, 2, 3], [3]))) },

  neg: unary(neg, { i32: of(neg, false) }),
  exp: unary(exp),
  log: unary(log),
  sqrt: unary(sqrt),
  abs: unary(abs),
  sign: unary(sign),
  sigmoid: unary(sigmoid, { far: of(sigmoid) }),
  tanh: unary(tanh),
  sin: unary(sin, { far: of(sin, false) }),
  cos: unary(cos, { far: of(cos, false) }),
  reciprocal: unary(reciprocal),
  floor: unary(floor),
  not: { vector: of(not, false) },
  stopGradient: {
    vector: of(stopGradient, false),
    "3d": of(stopGradient, false),
  },
  includes: { part: of(includes, false) },
  after: { any: of(after), nothing: of((x) => after(x, constant([Number.NaN], [1]))) },

  add: binary(add, { i32: of(add, false) }),
  sub: binary(sub),
  mul: binary(mul, { i32: of(mul, false) }),
  div: binary(div),
  minimum: binary(minimum, { ties: of(minimum, false) }),
  maximum: binary(maximum, { ties: of(maximum, false) }),
  pow: binary(pow, { number: of((x) => pow(x, 3)) }),
  less: comparison(less),
  lessEqual: comparison(lessEqual),
  greater: comparison(greater),
  greaterEqual: comparison(greaterEqual),
  equal: comparison(equal),
  and: { row: of(and, false) },
  or: { row: of(or, false) },
  where: {
    same: of(where),
    broadcast: of(where),
    mask: of((c, x) => where(c, x, -2)),
  },
  cast: {
    toI32: of((x) => cast(x, "i32"), false),
    fromBool: of((x) => cast(x, "f32"), false),
    fromI32: of((x) => cast(x, "f32"), false),
  },
  clamp: {
    inside: of((x) => clamp(x, -0.4, 0.3)),
    bounds: of((x) => clamp(x, -1, 1), false),
  },

  matmul: products(),

  reshape: { flatten: of((x) => reshape(x, [4, -1])) },
  transpose: {
    last: of((x) => transpose(x, [0, 2, 1])),
    heads: of((x) => transpose(x, [1, 2, 0, 3])),
    matrix: of((x) => transpose(x, [1, 0])),
  },
  broadcastTo: {
    row: of((x) => broadcastTo(x, [2, 3, 4])),
    middle: of((x) => broadcastTo(x, [2, 3, 4])),
  },
  concat: {
    rows: of((x, y, z) => concat([x, y, z], 0)),
    last: of((x, y) => concat([x, y], -1)),
  },
  slice: {
    rows: of((x) => slice(x, 0, 1, 3)),
    last: of((x) => slice(x, -1, 1, 4)),
    pieces: of((x) => add(mul(slice(x, 1, 0, 2), slice(x, 1, 2, 4)), slice(x, 1, 5, 7))),
    overlap: of((x) => mul(slice(x, 1, 0, 3), slice(x, 1, 1, 4))),
  },
  pad: { rows: of((x) => pad(x, 0, 1, 2)), last: of((x) => pad(x, -1, 2, 0)) },

  sum: reductions(sum, { i32: of((x) => sum(x, [1]), false) }),
  max: reductions(max, { ties: of((x) => max(x, [1]), false) }),
  cumsum: {
    last: of((x) => cumsum(x, -1)),
    rows: of((x) => cumsum(x, 0)),
    reverse: of((x) => cumsum(x, 1, true)),
  },
  argmax: { last: of(argmax, false) },

  gatherRows: {
    matrix: of(gatherRows),
    deep: of(gatherRows),
    vector: of(gatherRows),
    i32: of(gatherRows, false),
  },
  scatterAddRows: {
    matrix: of((x, i) => scatterAddRows(x, i, 4)),
    deep: of((x, i) => scatterAddRows(x, i, 5)),
    vector: of((x, i) => scatterAddRows(x, i, 3)),
    onto: of((x, i, y) => add(y, scatterAddRows(x, i, 4))),
    two: of((x, i, y, j) => add(scatterAddRows(x, i, 4), scatterAddRows(y, j, 4))),
    shared: of((x, i, y) => add(y, square(scatterAddRows(x, i, 4)))),
    row: of((x, i, y) => add(y, scatterAddRows(x, i, 4))),
  },
  pick: { matrix: of(pick), "3d": of(pick) },
  place: {
    vector: of((x, i) => place(x, i, 5)),
    matrix: of((x, i) => place(x, i, 4)),
  },

  softmax: {
    vector: of(softmax),
    "4d": of(softmax),
    large: of(softmax),
    masked: of((x) => softmax(add(x, constant(mask, [3, 3])))),
  },
  logSumExp: {
    vector: of(logSumExp),
    "4d": of(logSumExp),
    large: of(logSumExp),
  },
  inverseRms: {
    matrix: of((x) => inverseRms(x, 1e-5)),
    "3d": of((x) => inverseRms(x, 1e-5)),
  },
  rmsNorm: {
    matrix: of((x, w) => rmsNorm(x, w, 1e-5)),
    "3d": of((x, w) => rmsNorm(x, w, 1e-5)),
  },
  rotary: { heads: of(rotary), batch: of(rotary), full: of(rotary) },
  swiGlu: { vector: of(swiGlu), "3d": of(swiGlu), far: of(swiGlu, false) },
} satisfies { [P in OpName]: Cases };

/** Functions that are written with the operations above. */
export const derivedCases: Readonly<Record<string, Cases>> = {
  square: unary(square),
  mean: {
    rows: of((x) => mean(x, [0])),
    last: of((x) => mean(x, [2])),
    two: of((x) => mean(x, [0, 2])),
    all: of((x) => mean(x, [0, 1, 2])),
  },
  clampStraightThrough: {
    any: of((x) => clampStraightThrough(x, -0.4, 0.3), false),
  },
  block: { attention: of(attention) },
};

/** Every case by its full name, such as "add/row". */
export function allOpCases(): ReadonlyMap<string, OpCase> {
  const tables = Object.entries({ ...opCases, ...derivedCases });
  return new Map(
    tables.flatMap(([op, cases]) => Object.entries(cases).map(([name, made]) => [`${op}/${name}`, made] as const)),
  );
}

/** Element-wise operations, with numpy broadcasting. Numbers are accepted beside a value and take its dtype. */
import { broadcastShapes, sameShape, show, showShape } from "../shape.ts";
import type { DType, Operand, Value, ValueOf } from "../value.ts";
import { checkDType, checkExtents, refuse } from "./check.ts";
import { scalar } from "./leaves.ts";

type UnaryOp =
  | "neg"
  | "exp"
  | "log"
  | "sqrt"
  | "abs"
  | "sign"
  | "sigmoid"
  | "tanh"
  | "sin"
  | "cos"
  | "reciprocal"
  | "floor";
type ArithmeticOp = "add" | "sub" | "mul" | "div" | "minimum" | "maximum" | "pow";
type ComparisonOp = "less" | "lessEqual" | "greater" | "greaterEqual" | "equal";
type LogicalOp = "and" | "or";

const NO_PARAMS = {} as const;

function unary(op: UnaryOp, x: Value, dtypes: readonly DType[] = ["f32"]): Value {
  checkDType(op, "x", x, dtypes);
  return { op, inputs: [x], params: NO_PARAMS, shape: x.shape, dtype: x.dtype };
}

export const neg = (x: Value): Value => unary("neg", x, ["f32", "i32"]);
export const exp = (x: Value): Value => unary("exp", x);
/** Natural logarithm. */
export const log = (x: Value): Value => unary("log", x);
export const sqrt = (x: Value): Value => unary("sqrt", x);
export const abs = (x: Value): Value => unary("abs", x, ["f32", "i32"]);
/** −1, 0 or 1; no gradient. */
export const sign = (x: Value): Value => unary("sign", x);
export const sigmoid = (x: Value): Value => unary("sigmoid", x);
export const tanh = (x: Value): Value => unary("tanh", x);
export const sin = (x: Value): Value => unary("sin", x);
export const cos = (x: Value): Value => unary("cos", x);
export const reciprocal = (x: Value): Value => unary("reciprocal", x);
/** Largest integer not above x, as f32; no gradient. */
export const floor = (x: Value): Value => unary("floor", x);
export const square = (x: Value): Value => mul(x, x);

/** Both operands as values of one dtype, and their broadcast shape. */
function pair(
  op: string,
  x: Operand,
  y: Operand,
  dtypes: readonly DType[],
): { x: Value; y: Value; shape: readonly number[] } {
  const dtype = typeof x !== "number" ? x.dtype : typeof y !== "number" ? y.dtype : "f32";
  const a = typeof x === "number" ? scalar(x, dtype) : x;
  const b = typeof y === "number" ? scalar(y, dtype) : y;
  checkDType(op, "x", a, dtypes);
  checkDType(op, "y", b, dtypes);
  if (a.dtype !== b.dtype) {
    refuse(op, "the operands have different dtypes", {
      exists: `${show(a)} and ${show(b)}`,
      fix: "cast one of them",
    });
  }
  const shape = broadcastShapes(a.shape, b.shape);
  if (shape === undefined) {
    return refuse(op, `shapes ${showShape(a.shape)} and ${showShape(b.shape)} do not broadcast`, {
      expected: "equal extents, or 1, counted from the last axis",
    });
  }
  return { x: a, y: b, shape };
}

function arithmetic(op: ArithmeticOp, x: Operand, y: Operand, dtypes: readonly DType[] = ["f32", "i32"]): Value {
  const operands = pair(op, x, y, dtypes);
  return {
    op,
    inputs: [operands.x, operands.y],
    params: NO_PARAMS,
    shape: operands.shape,
    dtype: operands.x.dtype,
  };
}

export const add = (x: Operand, y: Operand): Value => arithmetic("add", x, y);
export const sub = (x: Operand, y: Operand): Value => arithmetic("sub", x, y);
export const mul = (x: Operand, y: Operand): Value => arithmetic("mul", x, y);
/** i32: truncated towards zero. */
export const div = (x: Operand, y: Operand): Value => arithmetic("div", x, y);
/** Where the operands are equal, each gets half the gradient (as in PyTorch). */
export const minimum = (x: Operand, y: Operand): Value => arithmetic("minimum", x, y);
/** Where the operands are equal, each gets half the gradient (as in PyTorch). */
export const maximum = (x: Operand, y: Operand): Value => arithmetic("maximum", x, y);
/** x to the power y. */
export const pow = (x: Operand, y: Operand): Value => arithmetic("pow", x, y, ["f32"]);

function comparison(op: ComparisonOp, x: Operand, y: Operand): Value {
  const operands = pair(op, x, y, ["f32", "i32"]);
  return {
    op,
    inputs: [operands.x, operands.y],
    params: NO_PARAMS,
    shape: operands.shape,
    dtype: "bool",
  };
}

export const less = (x: Operand, y: Operand): Value => comparison("less", x, y);
export const lessEqual = (x: Operand, y: Operand): Value => comparison("lessEqual", x, y);
export const greater = (x: Operand, y: Operand): Value => comparison("greater", x, y);
export const greaterEqual = (x: Operand, y: Operand): Value => comparison("greaterEqual", x, y);
export const equal = (x: Operand, y: Operand): Value => comparison("equal", x, y);

function logical(op: LogicalOp, x: Value, y: Value): Value {
  const operands = pair(op, x, y, ["bool"]);
  return {
    op,
    inputs: [operands.x, operands.y],
    params: NO_PARAMS,
    shape: operands.shape,
    dtype: "bool",
  };
}

export const and = (x: Value, y: Value): Value => logical("and", x, y);
export const or = (x: Value, y: Value): Value => logical("or", x, y);
export function not(x: Value): Value {
  checkDType("not", "x", x, ["bool"]);
  return {
    op: "not",
    inputs: [x],
    params: NO_PARAMS,
    shape: x.shape,
    dtype: "bool",
  };
}

/** a where the condition holds, b elsewhere; all three broadcast. No gradient passes from the side not taken. */
export function where(condition: Value, a: Operand, b: Operand): Value {
  checkDType("where", "condition", condition, ["bool"]);
  const branches = pair("where", a, b, ["f32", "i32"]);
  const shape = broadcastShapes(condition.shape, branches.shape);
  if (shape === undefined) {
    return refuse(
      "where",
      `condition ${showShape(condition.shape)} does not broadcast with ${showShape(branches.shape)}`,
      {
        expected: "equal extents, or 1, counted from the last axis",
      },
    );
  }
  const inputs = [condition, branches.x, branches.y] as const;
  return {
    op: "where",
    inputs,
    params: NO_PARAMS,
    shape,
    dtype: branches.x.dtype,
  };
}

/** bool → 0 or 1; f32 → i32 truncates; anything → bool is `≠ 0`. A gradient passes between f32 only. */
export function cast(x: Value, dtype: DType): Value {
  return x.dtype === dtype ? x : { op: "cast", inputs: [x], params: NO_PARAMS, shape: x.shape, dtype };
}

function clampOp(op: string, x: Value, low: number, high: number, straightThrough: boolean): ValueOf<"clamp"> {
  checkDType(op, "x", x, ["f32"]);
  if (!(low <= high))
    refuse(op, `the bounds are out of order: ${low} and ${high}`, {
      expected: "low ≤ high",
    });
  return {
    op: "clamp",
    inputs: [x],
    params: { low, high, straightThrough },
    shape: x.shape,
    dtype: "f32",
  };
}

/** x limited to [low, high]; the gradient is 0 outside and 1 inside, bounds included. */
export const clamp = (x: Value, low: number, high: number): Value => clampOp("clamp", x, low, high, false);
/** The value is limited, the gradient passes unchanged (AEPO-L3). */
export const clampStraightThrough = (x: Value, low: number, high: number): Value =>
  clampOp("clampStraightThrough", x, low, high, true);

/** The same value, without a gradient. */
export function stopGradient(x: Value): Value {
  return {
    op: "stopGradient",
    inputs: [x],
    params: NO_PARAMS,
    shape: x.shape,
    dtype: x.dtype,
  };
}

/**
 * The value of `total`, in which `part` is a summand already; a gradient goes to both. What only makes the part's value is never
 * computed: low-rank adapters learn beside a product that has them in its weight.
 */
export function includes(total: Value, part: Value): Value {
  checkDType("includes", "total", total, ["f32"]);
  if (part.dtype !== total.dtype || !sameShape(part.shape, total.shape)) {
    refuse("includes", "the part is not like the total", { expected: show(total), exists: show(part) });
  }
  return { op: "includes", inputs: [total, part], params: NO_PARAMS, shape: total.shape, dtype: total.dtype };
}

/**
 * The value of x, computed after y (f32, not empty) is known: what is built on it neither runs nor is merged with its like
 * before that. Recomputation is made of it (`gradient/recompute.ts`).
 */
export function after(x: Value, y: Value): Value {
  checkDType("after", "y", y, ["f32"]);
  checkExtents("after", y.shape);
  return { op: "after", inputs: [x, y], params: NO_PARAMS, shape: x.shape, dtype: x.dtype };
}

/** A value filled with one number. */
export function full(x: number, like: Pick<Value, "shape" | "dtype">): Value {
  const value = scalar(x, like.dtype);
  if (sameShape(like.shape, [])) return value;
  return {
    op: "broadcastTo",
    inputs: [value],
    params: NO_PARAMS,
    shape: like.shape,
    dtype: like.dtype,
  };
}

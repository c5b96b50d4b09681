/**
 * Local rewrites of one node whose operands are already simplified; the result has the same shape, dtype and values.
 * They keep gradients cheap: the walk writes what the calculus says, and what costs nothing to drop is dropped here.
 */
import { broadcastShapes, extentOf, sameShape } from "./shape.ts";
import type { Value, ValueOf } from "./value.ts";

/** The simplest equal node; `intern` registers nodes made on the way. */
export function simplify(value: Value, intern: (made: Value) => Value): Value {
  switch (value.op) {
    case "stopGradient":
    case "includes":
      return value.inputs[0];
    case "reshape":
    case "broadcastTo":
    case "cast":
      return withoutCopy(value, intern);
    case "transpose":
      return mergedTranspose(value, intern);
    case "matmul":
      return absorbTransposes(value);
    case "sum":
      return sumOfPlaced(value, intern);
    case "add":
    case "sub":
    case "mul":
    case "div":
      return withoutNeutral(bareOperands(value), intern);
    case "minimum":
    case "maximum":
    case "pow":
    case "less":
    case "lessEqual":
    case "greater":
    case "greaterEqual":
    case "equal":
    case "and":
    case "or":
    case "where":
      return bareOperands(value);
    default:
      return value;
  }
}

/** Drops a reshape, broadcast or cast to what is there already; merges one with the same kind below it. */
function withoutCopy(
  value: ValueOf<"reshape"> | ValueOf<"broadcastTo"> | ValueOf<"cast">,
  intern: (made: Value) => Value,
): Value {
  const [x] = value.inputs;
  if (sameShape(x.shape, value.shape) && x.dtype === value.dtype) return x;
  if (value.op === "cast" || x.op !== value.op) return value;
  return intern({ ...value, inputs: [x.inputs[0]] });
}

/** One value among zeros of the last axis sums up to itself: the gradient of `pick` meets this in a softmax. */
function sumOfPlaced(value: ValueOf<"sum">, intern: (made: Value) => Value): Value {
  const [x] = value.inputs;
  const { axes } = value.params;
  if (x.op !== "place" || axes.length !== 1 || axes[0] !== x.shape.length - 1) return value;
  const [placed] = x.inputs;
  return withoutCopy({ op: "reshape", inputs: [placed], params: {}, shape: value.shape, dtype: value.dtype }, intern);
}

function mergedTranspose(value: ValueOf<"transpose">, intern: (made: Value) => Value): Value {
  const [x] = value.inputs;
  if (movesNothing(value)) {
    const { shape, dtype } = value;
    return withoutCopy({ op: "reshape", inputs: [x], params: {}, shape, dtype }, intern);
  }
  if (x.op !== "transpose") return value;
  const perm = value.params.perm.map((axis) => extentOf(x.params.perm, axis));
  if (perm.every((axis, i) => axis === i)) return x.inputs[0];
  return intern({ ...value, inputs: [x.inputs[0]], params: { perm } });
}

/** Whether only axes of extent 1 change their place: the numbers stay in order. */
function movesNothing({ inputs: [x], params: { perm } }: ValueOf<"transpose">): boolean {
  const moved = perm.filter((axis) => extentOf(x.shape, axis) !== 1);
  return moved.every((axis, i) => i === 0 || axis > extentOf(moved, i - 1));
}

/** A transpose of the last two axes below a matmul becomes a flag. */
function absorbTransposes(value: ValueOf<"matmul">): Value {
  const [a, b] = value.inputs;
  const bareA = swapped(a);
  const bareB = swapped(b);
  if (bareA === undefined && bareB === undefined) return value;
  return {
    ...value,
    inputs: [bareA ?? a, bareB ?? b],
    params: {
      ...value.params,
      transposeA: value.params.transposeA !== (bareA !== undefined),
      transposeB: value.params.transposeB !== (bareB !== undefined),
    },
  };
}

/** x, if the value is x with its last two axes swapped. */
function swapped(value: Value): Value | undefined {
  if (value.op !== "transpose") return undefined;
  const { perm } = value.params;
  const rank = perm.length;
  const swaps = perm.every((axis, i) => axis === (i === rank - 1 ? rank - 2 : i === rank - 2 ? rank - 1 : i));
  return swaps ? value.inputs[0] : undefined;
}

/** Element-wise kernels broadcast by themselves: an explicit broadcast below one is dropped if the shape stays. */
function bareOperands<P extends Value>(value: P): P {
  let inputs: readonly Value[] = value.inputs;
  for (const [i, operand] of inputs.entries()) {
    if (operand.op !== "broadcastTo") continue;
    const bare = inputs.with(i, operand.inputs[0]);
    const shape = bare.reduce<readonly number[] | undefined>((all, x) => all && broadcastShapes(all, x.shape), []);
    if (shape !== undefined && sameShape(shape, value.shape)) inputs = bare;
  }
  return inputs === value.inputs ? value : { ...value, inputs };
}

/** x + 0, x − 0, x · 1 and x / 1 are x; what is left broadcasts to the shape. */
function withoutNeutral(value: Value, intern: (made: Value) => Value): Value {
  const [x, y] = value.inputs;
  if (x === undefined || y === undefined) return value;
  const neutral = value.op === "mul" || value.op === "div" ? 1 : 0;
  const commutes = value.op === "mul" || value.op === "add";
  const left = isFilledWith(y, neutral) ? x : commutes && isFilledWith(x, neutral) ? y : undefined;
  if (left === undefined) return value;
  if (sameShape(left.shape, value.shape)) return left;
  return intern({
    op: "broadcastTo",
    inputs: [left],
    params: {},
    shape: value.shape,
    dtype: value.dtype,
  });
}

function isFilledWith(value: Value, number: number): boolean {
  if (value.op === "broadcastTo" || value.op === "reshape") return isFilledWith(value.inputs[0], number);
  return value.op === "constant" && value.params.data.every((x: number) => x === number);
}

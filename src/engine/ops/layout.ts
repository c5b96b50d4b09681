/** Operations that move elements and change none. */
import { broadcastShapes, extentOf, sameShape, show, showShape, sizeOf } from "../shape.ts";
import type { Shape, Value } from "../value.ts";
import { checkAxis, checkExtents, refuse } from "./check.ts";

/** Same elements in row-major order, other shape. One extent may be −1: whatever is left. */
export function reshape(x: Value, shape: Shape): Value {
  const known = shape.reduce((size, extent) => (extent === -1 ? size : size * extent), 1);
  const target = shape.map((extent) => (extent === -1 ? sizeOf(x.shape) / known : extent));
  if (
    shape.filter((extent) => extent === -1).length > 1 ||
    !target.every(Number.isInteger) ||
    sizeOf(target) !== sizeOf(x.shape)
  ) {
    refuse("reshape", `${showShape(x.shape)} cannot become ${showShape(shape)}`, {
      expected: `${sizeOf(x.shape)} elements and at most one −1`,
    });
  }
  checkExtents("reshape", target);
  return sameShape(target, x.shape) ? x : { op: "reshape", inputs: [x], params: {}, shape: target, dtype: x.dtype };
}

/** Axis i of the result is axis perm[i] of x. */
export function transpose(x: Value, perm: readonly number[]): Value {
  const rank = x.shape.length;
  const sorted = [...perm].sort((a, b) => a - b);
  if (perm.length !== rank || sorted.some((axis, i) => axis !== i)) {
    refuse("transpose", `${showShape(perm)} is not an order of the axes of ${showShape(x.shape)}`, {
      expected: `each of 0 … ${rank - 1} once`,
    });
  }
  if (perm.every((axis, i) => axis === i)) return x;
  const shape = perm.map((axis) => extentOf(x.shape, axis));
  return {
    op: "transpose",
    inputs: [x],
    params: { perm: [...perm] },
    shape,
    dtype: x.dtype,
  };
}

export function broadcastTo(x: Value, shape: Shape): Value {
  checkExtents("broadcastTo", shape);
  const result = broadcastShapes(x.shape, shape);
  if (result === undefined || !sameShape(result, shape)) {
    refuse("broadcastTo", `${showShape(x.shape)} does not broadcast to ${showShape(shape)}`, {
      expected: "equal extents, or 1, counted from the last axis",
    });
  }
  return sameShape(x.shape, shape)
    ? x
    : {
        op: "broadcastTo",
        inputs: [x],
        params: {},
        shape: [...shape],
        dtype: x.dtype,
      };
}

/** Joins along one axis; all other extents and the dtype agree. */
export function concat(values: readonly Value[], axis: number): Value {
  const first = values[0];
  if (first === undefined)
    return refuse("concat", "there is nothing to join", {
      expected: "at least one value",
    });
  const front = checkAxis("concat", axis, first);
  for (const value of values) {
    const agrees =
      value.dtype === first.dtype &&
      value.shape.length === first.shape.length &&
      value.shape.every((extent, i) => i === front || extent === first.shape[i]);
    if (!agrees) {
      refuse("concat", `${show(value)} does not join ${show(first)} along axis ${front}`, {
        expected: "the same dtype and the same extents on every other axis",
      });
    }
  }
  if (values.length === 1) return first;
  const total = values.reduce((sum, value) => sum + extentOf(value.shape, front), 0);
  const shape = first.shape.map((extent, i) => (i === front ? total : extent));
  return {
    op: "concat",
    inputs: [...values],
    params: { axis: front },
    shape,
    dtype: first.dtype,
  };
}

/** Elements start … end − 1 of one axis; negative bounds count from the end. */
export function slice(x: Value, axis: number, start: number, end: number): Value {
  const front = checkAxis("slice", axis, x);
  const extent = extentOf(x.shape, front);
  const from = start < 0 ? start + extent : start;
  const to = end < 0 ? end + extent : end;
  if (!(Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from < to && to <= extent)) {
    refuse("slice", `${start} to ${end} is not a range of axis ${front} of ${showShape(x.shape)}`, {
      expected: `0 ≤ start < end ≤ ${extent}`,
    });
  }
  if (to - from === extent) return x;
  const shape = x.shape.map((old, i) => (i === front ? to - from : old));
  return {
    op: "slice",
    inputs: [x],
    params: { axis: front, start: from, end: to },
    shape,
    dtype: x.dtype,
  };
}

/** Zeros before and after one axis. */
export function pad(x: Value, axis: number, before: number, after: number): Value {
  const front = checkAxis("pad", axis, x);
  if (![before, after].every((count) => Number.isInteger(count) && count >= 0)) {
    refuse("pad", `cannot pad by ${before} and ${after}`, {
      expected: "integers from 0",
    });
  }
  if (before + after === 0) return x;
  const shape = x.shape.map((extent, i) => (i === front ? extent + before + after : extent));
  return {
    op: "pad",
    inputs: [x],
    params: { axis: front, before, after },
    shape,
    dtype: x.dtype,
  };
}

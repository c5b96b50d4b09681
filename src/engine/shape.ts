/** Arithmetic on static shapes. Pure; failures come back as undefined so that the caller can name its operation. */
import type { DType, Shape, TensorData, Value } from "./value.ts";

/** Number of elements; 1 for a scalar. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((size, extent) => size * extent, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

/** The numpy broadcast of two shapes, or undefined if there is none. */
export function broadcastShapes(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length);
  const result: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const m = a[axis - rank + a.length] ?? 1;
    const n = b[axis - rank + b.length] ?? 1;
    if (m !== n && m !== 1 && n !== 1) return undefined;
    result.push(m === 1 ? n : m);
  }
  return result;
}

/** The axis counted from the front, or undefined if there is none such. */
export function frontAxis(axis: number, rank: number): number | undefined {
  const front = axis < 0 ? axis + rank : axis;
  return Number.isInteger(front) && front >= 0 && front < rank ? front : undefined;
}

/** The extent of an axis that is known to exist. */
export function extentOf(shape: Shape, axis: number): number {
  const extent = shape.at(axis);
  if (extent === undefined) throw new RangeError(`axis ${axis} of shape [${shape.join(", ")}]`);
  return extent;
}

/** Axes of `to` along which `from` is repeated when broadcast to it. */
export function broadcastAxes(from: Shape, to: Shape): number[] {
  const lead = to.length - from.length;
  return to.flatMap((extent, axis) => (axis < lead || (from[axis - lead] === 1 && extent !== 1) ? [axis] : []));
}

export function newData(dtype: DType, source: number | readonly number[]): TensorData {
  // One constructor a branch: TypeScript cannot overload a union of constructors.
  if (dtype === "f32") return typeof source === "number" ? new Float32Array(source) : Float32Array.from(source);
  if (dtype === "i32") return typeof source === "number" ? new Int32Array(source) : Int32Array.from(source);
  return typeof source === "number" ? new Uint8Array(source) : Uint8Array.from(source);
}

/** "[2, 3]", and "f32[2, 3]" for a value. */
export function showShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

export function show(value: Pick<Value, "dtype" | "shape">): string {
  return `${value.dtype}${showShape(value.shape)}`;
}

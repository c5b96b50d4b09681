/** Expressions without operands. */
import { newData, showShape, sizeOf } from "../shape.ts";
import type { DType, Shape, TensorData, Value } from "../value.ts";
import { checkExtents, refuse } from "./check.ts";

/** A tensor given at every run, by name. */
export function input(name: string, shape: Shape, dtype: DType = "f32"): Value {
  if (name === "") refuse("input", "the name is empty");
  checkExtents("input", shape);
  return {
    op: "input",
    inputs: [],
    params: { name },
    shape: [...shape],
    dtype,
  };
}

/** A tensor baked into the graph (copied now; it is part of the graph's key). Row-major. */
export function constant(data: readonly number[] | TensorData, shape: Shape, dtype: DType = "f32"): Value {
  checkExtents("constant", shape);
  if (data.length !== sizeOf(shape)) {
    refuse("constant", `${data.length} numbers do not fill shape ${showShape(shape)}`, {
      expected: `${sizeOf(shape)} numbers`,
    });
  }
  return {
    op: "constant",
    inputs: [],
    params: { data: newData(dtype, Array.from(data)) },
    shape: [...shape],
    dtype,
  };
}

/** A constant of shape []. */
export function scalar(x: number, dtype: DType = "f32"): Value {
  return constant([x], [], dtype);
}

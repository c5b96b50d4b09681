/** How operations refuse their operands. */
import { AepoError, type ErrorDetails } from "../../std/errors.ts";
import { frontAxis, show, showShape } from "../shape.ts";
import type { DType, Value } from "../value.ts";

export function refuse(op: string, problem: string, details: ErrorDetails = {}): never {
  throw new AepoError("engine", `${op}: ${problem}`, details);
}

/** Refuses an operand whose dtype is not one of `dtypes`. */
export function checkDType(op: string, operand: string, value: Value, dtypes: readonly DType[]): void {
  if (dtypes.includes(value.dtype)) return;
  refuse(op, `${operand} has dtype ${value.dtype}`, {
    expected: dtypes.join(" or "),
    exists: show(value),
    fix: `convert it with cast(${operand}, "${dtypes[0] ?? "f32"}")`,
  });
}

/** The axis counted from the front. */
export function checkAxis(op: string, axis: number, value: Value): number {
  const rank = value.shape.length;
  const front = frontAxis(axis, rank);
  if (front !== undefined) return front;
  return refuse(op, `there is no axis ${axis}`, {
    expected: rank === 0 ? "a value with at least one axis" : `an integer from ${-rank} to ${rank - 1}`,
    exists: `shape ${showShape(value.shape)}`,
  });
}

export function checkRank(op: string, operand: string, value: Value, atLeast: number): void {
  if (value.shape.length >= atLeast) return;
  refuse(op, `${operand} has too few axes`, {
    expected: `at least ${atLeast}`,
    exists: `shape ${showShape(value.shape)}`,
  });
}

export function checkExtents(op: string, shape: readonly number[]): void {
  if (shape.every((extent) => Number.isInteger(extent) && extent >= 1)) return;
  refuse(op, `${showShape(shape)} is not a shape`, {
    expected: "positive integers",
  });
}

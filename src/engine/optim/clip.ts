/** Clipping by the global norm, as values. */
import { add, div, minimum, mul, scalar, sqrt, square, sum } from "../ops.ts";
import type { Operand, Value } from "../value.ts";

/** √ of the sum of all squares; a scalar. */
export function globalNorm(gradients: readonly Value[]): Value {
  const squares = gradients.map((gradient) => sum(square(gradient), [...gradient.shape.keys()]));
  return sqrt(squares.reduce((total, part) => add(total, part), scalar(0)));
}

/** What gradients of this norm are multiplied by so that it is at most `maxNorm` (as in PyTorch, 1e-6 on the norm). */
export function clipScale(norm: Value, maxNorm: Operand): Value {
  return minimum(div(maxNorm, add(norm, 1e-6)), 1);
}

/** The gradients, scaled down together if their global norm is above `maxNorm`; and the norm before. */
export function clipByGlobalNorm(gradients: readonly Value[], maxNorm: Operand): { gradients: Value[]; norm: Value } {
  const norm = globalNorm(gradients);
  const scale = clipScale(norm, maxNorm);
  return { gradients: gradients.map((gradient) => mul(gradient, scale)), norm };
}

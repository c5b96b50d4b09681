/** The transpose of broadcasting. */
import { reshape, sum } from "../ops.ts";
import { broadcastAxes } from "../shape.ts";
import type { Shape, Value } from "../value.ts";

/** Sums a gradient over the axes along which its operand (of `shape`) was repeated. */
export function sumTo(gradient: Value, shape: Shape): Value {
  return reshape(sum(gradient, broadcastAxes(shape, gradient.shape)), shape);
}

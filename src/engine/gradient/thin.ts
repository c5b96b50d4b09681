/**
 * Products with the gradient of wide rows that are thin: what a log-probability over a vocabulary sends back is one entry a row
 * (`place`) and the softmax with its rows scaled by a column. Neither is ever written out: the entry picks a row of the other
 * matrix, and the column scales the narrow side.
 */
import { add, gatherRows, matmul, mul, reshape, scatterAddRows } from "../ops.ts";
import { extentOf } from "../shape.ts";
import type { Value, ValueOf } from "../value.ts";

/** g [S, V] is wide beside a matrix of so many columns. */
const WIDE = 4;

/** α·g·b for b [V, D], or undefined if g is not thin. */
export function thinProduct(g: Value, b: Value, alpha: number): Value | undefined {
  const parts = thinParts(g, extentOf(b.shape, 1));
  if (parts === undefined) return undefined;
  const { entries, scaled } = parts;
  const picked = entries.map(({ inputs: [x, index] }) => mul(mul(column(x), alpha), gatherRows(b, index)));
  const dense = scaled.map(({ rows, by }) => mul(matmul(rows, b, { alpha }), by));
  return total([...dense, ...picked]);
}

/** α·gᵀ·a for a [S, D], or undefined if g is not thin. */
export function thinTransposedProduct(g: Value, a: Value, alpha: number): Value | undefined {
  const parts = thinParts(g, extentOf(a.shape, 1));
  if (parts === undefined) return undefined;
  const { entries, scaled } = parts;
  const dense = scaled.map(({ rows, by }) => matmul(rows, mul(a, by), { transposeA: true, alpha }));
  const placed = entries.map(({ inputs: [x, index] }) =>
    scatterAddRows(mul(mul(column(x), alpha), a), index, extentOf(g.shape, 1)),
  );
  return total([...dense, ...placed]);
}

interface ThinParts {
  readonly entries: readonly ValueOf<"place">[];
  /** At most one, so that a product never becomes two. */
  readonly scaled: readonly { readonly rows: Value; readonly by: Value }[];
}

function thinParts(g: Value, columns: number): ThinParts | undefined {
  if (g.shape.length !== 2 || extentOf(g.shape, 1) < WIDE * columns) return undefined;
  const terms = g.op === "add" ? g.inputs : [g];
  const entries = terms.flatMap((term) => (term.op === "place" ? [term] : []));
  const scaled = terms.flatMap((term) => scaledRows(term) ?? []);
  const isThin = entries.length > 0 && entries.length + scaled.length === terms.length && scaled.length < 2;
  return isThin ? { entries, scaled } : undefined;
}

/** rows · column, whichever way round it was written. */
function scaledRows(value: Value): { rows: Value; by: Value } | undefined {
  if (value.op !== "mul") return undefined;
  const [x, y] = value.inputs;
  const isColumn = (operand: Value): boolean => operand.shape.length === 2 && operand.shape[1] === 1;
  return isColumn(y) ? { rows: x, by: y } : isColumn(x) ? { rows: y, by: x } : undefined;
}

function column(x_S: Value): Value {
  return reshape(x_S, [extentOf(x_S.shape, 0), 1]);
}

function total(terms: readonly Value[]): Value | undefined {
  const [first, ...others] = terms;
  return first === undefined ? undefined : others.reduce(add, first);
}

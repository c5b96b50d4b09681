/** Matrix product over the last two axes. */
import { broadcastShapes, extentOf, showShape } from "../shape.ts";
import type { MatmulParams, Value } from "../value.ts";
import { checkDType, checkRank, refuse } from "./check.ts";

/**
 * alpha · op(a) · op(b), where op transposes the last two axes if asked. [..., M, K] × [..., K, N] → [..., M, N]; leading
 * axes broadcast.
 */
export function matmul(a: Value, b: Value, options: Partial<MatmulParams> = {}): Value {
  const { transposeA = false, transposeB = false, alpha = 1 } = options;
  for (const [name, operand] of [
    ["a", a],
    ["b", b],
  ] as const) {
    checkDType("matmul", name, operand, ["f32"]);
    checkRank("matmul", name, operand, 2);
  }
  const [rows, innerA] = lastTwo(a, transposeA);
  const [innerB, columns] = lastTwo(b, transposeB);
  const lead = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  if (innerA !== innerB || lead === undefined) {
    return refuse("matmul", `shapes ${describe(a, transposeA)} and ${describe(b, transposeB)} do not multiply`, {
      expected: innerA !== innerB ? `equal inner extents, not ${innerA} and ${innerB}` : "leading axes that broadcast",
    });
  }
  const params = { transposeA, transposeB, alpha };
  return {
    op: "matmul",
    inputs: [a, b],
    params,
    shape: [...lead, rows, columns],
    dtype: "f32",
  };
}

function lastTwo(value: Value, transposed: boolean): readonly [number, number] {
  const pair = [extentOf(value.shape, -2), extentOf(value.shape, -1)] as const;
  return transposed ? [pair[1], pair[0]] : pair;
}

function describe(value: Value, transposed: boolean): string {
  return `${showShape(value.shape)}${transposed ? " (transposed)" : ""}`;
}

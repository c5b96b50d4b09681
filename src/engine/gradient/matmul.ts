/** Gradient of a matrix product. A matrix shared by all leading axes gets its gradient from ONE large product. */
import { matmul, reshape, transpose } from "../ops.ts";
import { extentOf } from "../shape.ts";
import type { MatmulParams, Value, ValueOf } from "../value.ts";
import { sumTo } from "./sum-to.ts";
import { thinProduct, thinTransposedProduct } from "./thin.ts";

/** With y = α·A·B (A, B already transposed as flagged): dA = α·g·Bᵀ, dB = α·Aᵀ·g, transposed back by the flags. */
export function matmulGradient({ inputs: [a, b], params }: ValueOf<"matmul">, g: Value): Value[] {
  if (b.shape.length === 2 && g.shape.length > 2 && !params.transposeA) {
    const flat = matrixGradient(flatten(a), b, params, flatten(g));
    return [reshape(flat.a, a.shape), flat.b];
  }
  const full = matrixGradient(a, b, params, g);
  return [sumTo(full.a, a.shape), sumTo(full.b, b.shape)];
}

function matrixGradient(
  a: Value,
  b: Value,
  { transposeA, transposeB, alpha }: MatmulParams,
  g: Value,
): { a: Value; b: Value } {
  // The vocabulary's end of a model: rows times a matrix stored [out, in].
  const isPlain = transposeB && !transposeA && b.shape.length === 2;
  const thin = isPlain
    ? { a: thinProduct(g, b, alpha), b: thinTransposedProduct(g, a, alpha) }
    : { a: undefined, b: undefined };
  return {
    a: transposeA
      ? matmul(b, g, { transposeA: transposeB, transposeB: true, alpha })
      : (thin.a ?? matmul(g, b, { transposeB: !transposeB, alpha })),
    b: transposeB
      ? (thin.b ?? tallProduct(g, a, transposeA, alpha))
      : transposeA
        ? matmul(a, g, { alpha })
        : tallProduct(a, g, false, alpha),
  };
}

/** Elements of a product that is worth a transpose. */
const LARGE = 2 ** 15;

/**
 * α·xᵀ·y. In batches (attention: many queries by few channels) the kernel is 1.4 times faster when the narrow operand is
 * the transposed one, for one large product when the wide one is: otherwise it is (yᵀ·x)ᵀ, and the outer transpose mostly
 * merges with one that follows or is small beside the product.
 */
function tallProduct(x: Value, y: Value, transposeY: boolean, alpha: number): Value {
  const [rows, columns] = [extentOf(x.shape, -1), extentOf(y.shape, transposeY ? -2 : -1)];
  const isBatch = x.shape.length > 2;
  if (transposeY || (isBatch ? columns >= rows : columns <= rows || rows * columns < LARGE))
    return matmul(x, y, { transposeA: true, transposeB: transposeY, alpha });
  const product = matmul(y, x, { transposeA: true, alpha });
  const axes = [...product.shape.keys()];
  return transpose(product, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
}

/** [..., M, K] → [... · M, K]. */
function flatten(value: Value): Value {
  return reshape(value, [-1, extentOf(value.shape, -1)]);
}

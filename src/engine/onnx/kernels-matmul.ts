/** Kernels of the matrix product. */
import { extentOf, sizeOf } from "../shape.ts";
import type { ValueOf } from "../value.ts";
import type { Emitter } from "./emitter.ts";

export function lowerMatmul(value: ValueOf<"matmul">, e: Emitter): string {
  const { params } = value;
  const [a, b] = value.inputs;
  if (e.device === "cpu" && isFewRowsByWeight(value)) return weightFirst(value, e);
  if (e.device === "cpu" && isTallSum(value)) return narrowFirst(value, e);
  const operands = [e.of(a), e.of(b)];
  if (!params.transposeA && !params.transposeB && params.alpha === 1) return e.op("MatMul", operands);
  const flags = {
    transA: { int: Number(params.transposeA) },
    transB: { int: Number(params.transposeB) },
  };
  return e.op("FusedMatMul", operands, { ...flags, alpha: { float: params.alpha } }, "com.microsoft");
}

/** Beyond so many rows the weight's copy is paid for; below so many elements the two transposes cost more. */
const FEW_ROWS = 64;
const LARGE_WEIGHT = 50_000;

/** x·Wᵀ of a decoding step: the weight is a large input, stored [out, in], and x has few rows, but more than one. */
function isFewRowsByWeight({ inputs: [a, b], params }: ValueOf<"matmul">): boolean {
  const rows = extentOf(a.shape, 0);
  const isPlain = a.shape.length === 2 && b.shape.length === 2 && !params.transposeA && params.alpha === 1;
  const isWeight = b.op === "input" && sizeOf(b.shape) >= LARGE_WEIGHT;
  return isPlain && params.transposeB && isWeight && rows > 1 && rows <= FEW_ROWS;
}

/**
 * (W·xᵀ)ᵀ: ONNX Runtime's product copies its right operand into panels at every run, so the small one goes there. At 16 rows
 * this is 1.3 to 1.7 times as fast. A gated MLP stays transposed from its first products to its last.
 */
function weightFirst({ inputs: [x, weight] }: ValueOf<"matmul">, e: Emitter): string {
  return e.transposed(e.op("MatMul", [e.of(weight), e.transposed(e.of(x))]));
}

/** Beyond so many elements a result does not stay in the cache between the panels of a product. */
const LARGE_RESULT = 2 ** 23;

/** The gradient of a vocabulary's matrix: gᵀ·x, far more rows than columns. */
function isTallSum({ params, shape, inputs: [a] }: ValueOf<"matmul">): boolean {
  const isPlain = a.shape.length === 2 && params.transposeA && !params.transposeB;
  return isPlain && sizeOf(shape) >= LARGE_RESULT && extentOf(shape, 0) >= 8 * extentOf(shape, 1);
}

/** (xᵀ·g)ᵀ: the kernel then adds up panel by panel instead of going over the whole result again and again. */
function narrowFirst({ inputs: [g, x], params: { alpha } }: ValueOf<"matmul">, e: Emitter): string {
  const flags = { transA: { int: 1 }, alpha: { float: alpha } };
  const product = e.op("FusedMatMul", [e.of(x), e.of(g)], flags, "com.microsoft");
  return e.transposed(product);
}

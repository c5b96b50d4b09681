/** Gradients of the operations of `ops/network.ts` that take more than a line. */
import { add, inverseRms, matmul, mul, neg, reshape, rotary, sigmoid, slice, sub, sum } from "../ops.ts";
import { extentOf } from "../shape.ts";
import type { Value, ValueOf } from "../value.ts";
import { sumTo } from "./sum-to.ts";

/** r = (mean(x²) + ε)^−½: dr/dx = −r³·x/D. */
export function inverseRmsGradient(r: ValueOf<"inverseRms">, g: Value): Value[] {
  const [x] = r.inputs;
  const cubed = mul(mul(r, r), r);
  return [mul(x, mul(mul(g, cubed), -1 / extentOf(x.shape, -1)))];
}

/** With n = x·r and y = n·w: dw = Σ g·n, dx = r·(g·w − n·mean(g·w·n)). The mean is a product with the weight: (g·n)·w/D. */
export function rmsNormGradient(y: ValueOf<"rmsNorm">, g: Value): Value[] {
  const [x, weight] = y.inputs;
  const last = extentOf(x.shape, -1);
  const r = inverseRms(x, y.params.epsilon);
  const normed = mul(x, r);
  const product = mul(g, normed);
  const flat = reshape(product, [-1, last]);
  const mean = reshape(matmul(flat, reshape(weight, [last, 1]), { alpha: 1 / last }), r.shape);
  const dx = mul(r, sub(mul(g, weight), mul(normed, mean)));
  return [dx, sum(flat, [0])];
}

/** A rotation's transpose is the rotation back. */
export function rotaryGradient({ inputs: [x, cos, sin] }: ValueOf<"rotary">, g: Value): Value[] {
  const half = extentOf(x.shape, -1) / 2;
  const [x1, x2] = [slice(x, -1, 0, half), slice(x, -1, half, 2 * half)];
  const [g1, g2] = [slice(g, -1, 0, half), slice(g, -1, half, 2 * half)];
  return [
    rotary(g, cos, neg(sin)),
    sumTo(add(mul(g1, x1), mul(g2, x2)), cos.shape),
    sumTo(sub(mul(g2, x1), mul(g1, x2)), sin.shape),
  ];
}

/**
 * With s = σ(x) and z = x·s: du = g·z, dx = g·u·(s + z·(1 − s)). Both are computed here again: kept from the forward pass, two
 * of the five largest tensors of a block would go to main memory and come back.
 */
export function swiGluGradient({ inputs: [x, up] }: ValueOf<"swiGlu">, g: Value): Value[] {
  const s = sigmoid(x);
  const z = mul(x, s);
  return [mul(mul(g, up), add(s, mul(z, sub(1, s)))), mul(g, z)];
}

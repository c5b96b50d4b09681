/** Kernels for webgpu where the device's own function is too coarse (WebGPU grants sin and cos an error of 2⁻¹¹) or broken. */
import { sameShape } from "../shape.ts";
import type { ValueOf } from "../value.ts";
import type { Emitter } from "./emitter.ts";

/** π in three parts; the first two have so few bits that their product with a small integer is exact (Cody and Waite). */
const PI_PARTS = [3.140625, 0.0009675025939941406, 1.509957990978376e-7] as const;
/** Taylor series of (sin r)/r in r²; the next term is below 6e-8 for |r| ≤ π/2. */
const SERIES = [1, -1 / 6, 1 / 120, -1 / 5040, 1 / 362_880, -1 / 39_916_800] as const;

export function lowerSin({ inputs: [x] }: ValueOf<"sin">, e: Emitter): string {
  return e.device === "cpu" ? e.op("Sin", [e.of(x)]) : accurateSine(e.of(x), 0, e);
}

export function lowerCos({ inputs: [x] }: ValueOf<"cos">, e: Emitter): string {
  return e.device === "cpu" ? e.op("Cos", [e.of(x)]) : accurateSine(e.of(x), 0.5, e);
}

/** sin(x + turns·π), turns 0 or ½: with j = k − turns the nearest such multiple of π, (−1)^k · sin(x − jπ). */
function accurateSine(x: string, turns: number, e: Emitter): string {
  const k = e.op("Floor", [e.op("Add", [e.op("Mul", [x, e.float(1 / Math.PI)]), e.float(turns + 0.5)])]);
  const j = turns === 0 ? k : e.op("Sub", [k, e.float(turns)]);
  let r = x;
  for (const part of PI_PARTS) r = e.op("Sub", [r, e.op("Mul", [j, e.float(part)])]);
  const square = e.op("Mul", [r, r]);
  const [last, ...lower] = SERIES.toReversed();
  let series = e.float(last ?? 0);
  for (const term of lower) series = e.op("Add", [e.op("Mul", [series, square]), e.float(term)]);
  const odd = e.op("Sub", [k, e.op("Mul", [e.op("Floor", [e.op("Mul", [k, e.float(0.5)])]), e.float(2)])]);
  const sign = e.op("Sub", [e.float(1), e.op("Mul", [odd, e.float(2)])]);
  return e.op("Mul", [e.op("Mul", [r, series]), sign]);
}

/** Pow fails on webgpu when both operands broadcast. */
export function lowerPow({ inputs: [x, y], shape }: ValueOf<"pow">, e: Emitter): string {
  const whole = (value: typeof x): string =>
    e.device === "cpu" || sameShape(value.shape, shape)
      ? e.of(value)
      : e.op("Expand", [e.of(value), e.longs(...shape)]);
  return e.op("Pow", [whole(x), whole(y)]);
}

/** Operations of networks that are worth a kernel of their own. */
import { broadcastShapes, extentOf, sameShape, showShape } from "../shape.ts";
import type { Value } from "../value.ts";
import { checkDType, checkRank, refuse } from "./check.ts";

/** Over the last axis, shifted by the maximum: −∞ entries give 0, unless all of them are. */
export function softmax(x: Value): Value {
  checkDType("softmax", "x", x, ["f32"]);
  checkRank("softmax", "x", x, 1);
  return {
    op: "softmax",
    inputs: [x],
    params: {},
    shape: x.shape,
    dtype: "f32",
  };
}

/** log Σ exp x over the last axis, read off the softmax: max x − log max p, where the largest of V probabilities is at least 1/V. */
export function logSumExp(x: Value): Value {
  checkDType("logSumExp", "x", x, ["f32"]);
  checkRank("logSumExp", "x", x, 1);
  return {
    op: "logSumExp",
    inputs: [x, softmax(x)],
    params: {},
    shape: x.shape.slice(0, -1),
    dtype: "f32",
  };
}

/** 1 / √(mean(x²) + epsilon) over the last axis, which stays with extent 1. */
export function inverseRms(x: Value, epsilon: number): Value {
  checkDType("inverseRms", "x", x, ["f32"]);
  checkRank("inverseRms", "x", x, 1);
  return {
    op: "inverseRms",
    inputs: [x],
    params: { epsilon },
    shape: [...x.shape.slice(0, -1), 1],
    dtype: "f32",
  };
}

/** x · inverseRms(x) · weight over the last axis; weight [D]. */
export function rmsNorm(x: Value, weight: Value, epsilon: number): Value {
  checkDType("rmsNorm", "x", x, ["f32"]);
  checkDType("rmsNorm", "weight", weight, ["f32"]);
  checkRank("rmsNorm", "x", x, 1);
  if (!sameShape(weight.shape, x.shape.slice(-1))) {
    refuse("rmsNorm", `weight ${showShape(weight.shape)} does not fit x ${showShape(x.shape)}`, {
      expected: `a weight of shape ${showShape(x.shape.slice(-1))}`,
    });
  }
  return {
    op: "rmsNorm",
    inputs: [x, weight],
    params: { epsilon },
    shape: x.shape,
    dtype: "f32",
  };
}

/**
 * Rotary position embedding, half-split: with x = [x1, x2] along the last axis D, the result is
 * [x1·cos − x2·sin, x2·cos + x1·sin]. cos and sin broadcast to [..., D/2] of x.
 */
export function rotary(x: Value, cos: Value, sin: Value): Value {
  for (const [name, operand] of [
    ["x", x],
    ["cos", cos],
    ["sin", sin],
  ] as const)
    checkDType("rotary", name, operand, ["f32"]);
  checkRank("rotary", "x", x, 1);
  const last = extentOf(x.shape, -1);
  if (last % 2 !== 0)
    refuse("rotary", `the last axis of x ${showShape(x.shape)} is odd`, {
      expected: "an even extent",
    });
  const half = [...x.shape.slice(0, -1), last / 2];
  for (const [name, angle] of [
    ["cos", cos],
    ["sin", sin],
  ] as const) {
    const shape = broadcastShapes(angle.shape, half);
    if (shape === undefined || !sameShape(shape, half)) {
      refuse("rotary", `${name} ${showShape(angle.shape)} does not broadcast to ${showShape(half)}`, {
        expected: "half the last axis of x",
      });
    }
  }
  return {
    op: "rotary",
    inputs: [x, cos, sin],
    params: {},
    shape: x.shape,
    dtype: "f32",
  };
}

/** gate · σ(gate) · up, of one shape. */
export function swiGlu(gate: Value, up: Value): Value {
  checkDType("swiGlu", "gate", gate, ["f32"]);
  checkDType("swiGlu", "up", up, ["f32"]);
  if (!sameShape(gate.shape, up.shape)) {
    refuse("swiGlu", `gate ${showShape(gate.shape)} and up ${showShape(up.shape)} differ`, { expected: "one shape" });
  }
  return { op: "swiGlu", inputs: [gate, up], params: {}, shape: gate.shape, dtype: "f32" };
}

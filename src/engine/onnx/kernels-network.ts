/** Kernels of the network operations. */
import { extentOf, sameShape, sizeOf } from "../shape.ts";
import type { Value, ValueOf } from "../value.ts";
import type { Emitter } from "./emitter.ts";
import type { Uses } from "./uses.ts";

export function lowerLogSumExp({ inputs: [x, p] }: ValueOf<"logSumExp">, e: Emitter): string {
  const largest = (of: Value): string => e.op("ReduceMax", [e.of(of), e.longs(-1)], { keepdims: { int: 0 } });
  return e.op("Sub", [largest(x), e.op("Log", [largest(p)])]);
}

export function lowerSwiGlu({ inputs: [gate, up] }: ValueOf<"swiGlu">, e: Emitter): string {
  const open =
    e.device === "cpu"
      ? e.onMatrices("QuickGelu", [e.of(gate)], { alpha: { float: 1 } }, "com.microsoft")
      : e.op("Mul", [e.of(gate), e.op("Sigmoid", [e.of(gate)])]);
  return e.onMatrices("Mul", [open, e.of(up)]);
}

export function lowerRmsNorm(value: ValueOf<"rmsNorm">, e: Emitter, uses: Uses): string {
  const [x, weight] = value.inputs;
  const { epsilon } = value.params;
  if (e.device === "cpu") return fusedNorm(x, weight, epsilon, e, uses)[0] as string;
  return e.op("Mul", [e.op("Mul", [e.of(x), inverseRms(x, epsilon, e)]), e.of(weight)]);
}

export function lowerInverseRms(
  { inputs: [x], params: { epsilon } }: ValueOf<"inverseRms">,
  e: Emitter,
  uses: Uses,
): string {
  const norm = e.device === "cpu" ? uses.normOf(x, epsilon) : undefined;
  if (norm === undefined) return inverseRms(x, epsilon, e);
  const weight = norm.inputs[1];
  return fusedNorm(x, weight, epsilon, e, uses)[1] as string;
}

/** The CPU's fused norm; its second output, wanted by gradients, is not filled on webgpu. */
function fusedNorm(x: Value, weight: Value, epsilon: number, e: Emitter, uses: Uses): readonly string[] {
  const first = uses.normOf(x, epsilon)?.inputs[1] === weight && uses.hasInverse(x, epsilon);
  const attributes = { axis: { int: -1 }, epsilon: { float: epsilon } };
  return e.node("SimplifiedLayerNormalization", [e.of(x), e.of(weight)], attributes, { outputs: first ? 2 : 1 });
}

function inverseRms(x: Value, epsilon: number, e: Emitter): string {
  const mean = e.op("ReduceMean", [e.op("Mul", [e.of(x), e.of(x)]), e.longs(-1)], { keepdims: { int: 1 } });
  return e.op("Reciprocal", [e.op("Sqrt", [e.op("Add", [mean, e.float(epsilon)])])]);
}

export function lowerRotary(value: ValueOf<"rotary">, e: Emitter): string {
  const fused = e.device === "cpu" ? fusedRotary(value, e) : undefined;
  if (fused !== undefined) return fused;
  const [x, cos, sin] = value.inputs;
  const last = extentOf(x.shape, -1);
  const half = (start: number): string =>
    e.op("Slice", [e.of(x), e.longs(start), e.longs(start + last / 2), e.longs(-1)]);
  const [x1, x2] = [half(0), half(last / 2)];
  const times = (a: string, angle: Value): string => e.op("Mul", [a, e.of(angle)]);
  const y1 = e.op("Sub", [times(x1, cos), times(x2, sin)]);
  const y2 = e.op("Add", [times(x2, cos), times(x1, sin)]);
  return e.op("Concat", [y1, y2], { axis: { int: -1 } });
}

/** ONNX Runtime's kernel takes tokens [T, heads, D] with one angle a token; its table of angles is ours, row t for token t. */
function fusedRotary({ inputs: [x, cos, sin], shape }: ValueOf<"rotary">, e: Emitter): string | undefined {
  const last = extentOf(shape, -1);
  const heads = shape.length < 2 ? 1 : extentOf(shape, -2);
  const perToken = [...shape.slice(0, -2), 1, last / 2];
  if (!sameShape(cos.shape, perToken) || !sameShape(sin.shape, perToken)) return undefined;
  const tokens = sizeOf(shape.slice(0, -2));
  const table = (angle: Value): string => e.reshape(e.of(angle), [tokens, last / 2]);
  const positions = e.iota([1, tokens], "i64");
  const inputs = [e.reshape(e.of(x), [1, tokens, heads * last]), positions, table(cos), table(sin)];
  return e.reshape(e.op("RotaryEmbedding", inputs, {}, "com.microsoft"), shape);
}

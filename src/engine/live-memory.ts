/**
 * How much memory a run of a graph needs beside its inputs: a walk over the plan in the order in which ONNX Runtime takes
 * it, with what is alive at each node. Sizes are exact; that a kernel writes over an operand it is the last to read, or
 * needs room of its own, is a guess that the measurements of `bench:memory` bear out.
 */
import type { GraphPlan } from "./graph.ts";
import { sizeOf } from "./shape.ts";
import type { OpName, Value } from "./value.ts";

/** What is alive at the moment when most is. Outputs are, from when they are computed to the end. */
export interface LivePeak {
  readonly bytes: number;
  readonly values: readonly Value[];
}

/** The same memory under another shape. */
const VIEWS: ReadonlySet<OpName> = new Set<OpName>(["reshape", "stopGradient"]);
/** Kernels that may write over an operand of the result's size. */
const IN_PLACE: ReadonlySet<OpName> = new Set<OpName>([
  ...(["neg", "exp", "log", "sqrt", "abs", "sign", "sigmoid", "tanh", "reciprocal", "floor"] as const),
  ...(["add", "sub", "mul", "div", "minimum", "maximum", "clamp", "softmax", "swiGlu"] as const),
]);

export function valueBytes({ shape, dtype }: Pick<Value, "shape" | "dtype">): number {
  return sizeOf(shape) * (dtype === "bool" ? 1 : 4);
}

/** Of the largest tensor that a run computes; a view is none. */
export function largestBytes({ nodes }: GraphPlan): number {
  const computed = nodes.filter(({ op, inputs }) => inputs.length > 0 && !VIEWS.has(op));
  return computed.reduce((most, value) => Math.max(most, valueBytes(value)), 0);
}

export function livePeak(plan: GraphPlan): LivePeak {
  const order = executionOrder(plan);
  const outputs = plan.outputs.map(([, value]) => owner(value));
  const lastUse = lastUses(order, outputs);
  const alive = new Map<Value, number>();
  let [bytes, most] = [0, 0];
  let values: readonly Value[] = [];
  for (const [i, value] of order.entries()) {
    if (value.inputs.length > 0 && !VIEWS.has(value.op)) {
      const operand = overwritten(value, i, lastUse, alive);
      if (operand !== undefined) alive.delete(operand);
      else bytes += valueBytes(value);
      alive.set(value, valueBytes(value));
    }
    if (bytes > most) [most, values] = [bytes, [...alive.keys()]];
    for (const operand of new Set([value, ...value.inputs].map(owner))) {
      const size = alive.get(operand);
      if (size === undefined || (lastUse.get(operand) ?? i) > i) continue;
      alive.delete(operand);
      bytes -= size;
    }
  }
  return { bytes: most, values };
}

/** ONNX Runtime's: depth first from the last leaf, operands that come late in the plan first. */
function executionOrder({ nodes, index }: GraphPlan): Value[] {
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  const stack = nodes.filter((value) => !used.has(value)).map((value) => ({ value, leave: false }));
  const seen = new Set<Value>();
  const order: Value[] = [];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { value, leave } = top;
    if (leave) order.push(value);
    else if (!seen.has(value)) {
      seen.add(value);
      stack.push({ value, leave: true });
      const operands = [...new Set<Value>(value.inputs)].sort((a, b) => (index.get(a) ?? 0) - (index.get(b) ?? 0));
      for (const operand of operands) if (!seen.has(operand)) stack.push({ value: operand, leave: false });
    }
  }
  return order;
}

function lastUses(order: readonly Value[], outputs: readonly Value[]): Map<Value, number> {
  const last = new Map<Value, number>();
  for (const [i, { inputs }] of order.entries()) for (const operand of inputs) last.set(owner(operand), i);
  for (const output of outputs) last.set(output, order.length);
  return last;
}

/** Whose memory a value is in. */
function owner(value: Value): Value {
  let at = value;
  while (VIEWS.has(at.op) && at.inputs[0] !== undefined) at = at.inputs[0];
  return at;
}

function overwritten(
  value: Value,
  at: number,
  lastUse: ReadonlyMap<Value, number>,
  alive: ReadonlyMap<Value, number>,
): Value | undefined {
  if (!IN_PLACE.has(value.op)) return undefined;
  return value.inputs.map(owner).find((x) => lastUse.get(x) === at && alive.get(x) === valueBytes(value));
}

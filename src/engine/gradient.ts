/**
 * Reverse-mode differentiation: one table of rules (`gradient/rules.ts`), one walk. Gradients are expressions like any
 * other, so they can be printed, differentiated again and run in the same graph as the forward pass.
 */
import { AepoError } from "../std/errors.ts";
import { Recomputation } from "./gradient/recompute.ts";
import { gradientRule } from "./gradient/rules.ts";
import { walk } from "./graph.ts";
import { full } from "./ops/elementwise.ts";
import { concat, pad } from "./ops/layout.ts";
import { add, scalar } from "./ops.ts";
import { extentOf, sizeOf, show } from "./shape.ts";
import type { Value, ValueOf } from "./value.ts";

/**
 * d loss / d w for each w of `wrt`, in its shape; zeros where the loss does not depend on it. The loss is one number. What
 * lies between the values of `recompute`, in order from the start, is computed again instead of being kept.
 */
export function gradients(loss: Value, wrt: readonly Value[], recompute: readonly Value[] = []): Value[] {
  if (sizeOf(loss.shape) !== 1 || loss.dtype !== "f32") {
    throw new AepoError("engine", "gradients: the loss is not one number", {
      expected: "f32[]",
      exists: show(loss),
      fix: "reduce it with sum or mean",
    });
  }
  const order = walk([loss]);
  const recomputation = new Recomputation(order, recompute);
  const targets = new Set(wrt);
  const reaching = nodesReaching(order, targets);
  const contributions = new Map<Value, Value[]>([[loss, [full(1, loss)]]]);
  const gradient = (value: Value): Value | undefined => {
    const parts = contributions.get(value);
    if (parts === undefined) return undefined;
    const total = accumulate(parts);
    contributions.set(value, [total]);
    return total;
  };
  for (const value of order.reverse()) {
    if (!reaching.has(value)) continue;
    const received = gradient(value);
    if (received === undefined) continue;
    const parts = gradientRule(recomputation.again(value, received), received);
    for (const [i, operand] of value.inputs.entries()) {
      const part = parts[i];
      if (part === undefined || part === null || !reaching.has(operand)) continue;
      const known = contributions.get(operand);
      if (targets.has(operand)) recomputation.found(part);
      if (known === undefined) contributions.set(operand, [part]);
      else known.push(part);
    }
  }
  return wrt.map((value) => gradient(value) ?? full(0, { shape: value.shape, dtype: "f32" }));
}

/** The nodes whose value depends on one of the targets. */
function nodesReaching(order: readonly Value[], targets: ReadonlySet<Value>): Set<Value> {
  const reaching = new Set<Value>();
  for (const value of order) {
    if (targets.has(value) || value.inputs.some((operand) => reaching.has(operand))) reaching.add(value);
  }
  return reaching;
}

/** Sum of what the users of a value send back. */
function accumulate(parts: readonly Value[]): Value {
  const sum = joinPads(parts).reduce<Value | undefined>(
    (total, part) => (total === undefined ? part : add(total, part)),
    undefined,
  );
  return sum ?? scalar(0);
}

/** Pieces that were padded with zeros along one axis and do not overlap (slices of one value) are concatenated, not added. */
function joinPads(parts: readonly Value[]): readonly Value[] {
  const pads = parts.filter((part) => part.op === "pad");
  const axis = pads[0]?.params.axis;
  if (axis === undefined || pads.length < 2) return parts;
  const along = pads.filter((part) => part.params.axis === axis).sort((a, b) => a.params.before - b.params.before);
  const joined = joinAlong(along, axis);
  if (joined === undefined) return parts;
  return [...parts.filter((part) => part.op !== "pad" || part.params.axis !== axis), joined];
}

function joinAlong(pads: readonly ValueOf<"pad">[], axis: number): Value | undefined {
  const pieces: Value[] = [];
  let first = 0;
  let next = 0;
  for (const { inputs, params } of pads) {
    if (pieces.length === 0) first = next = params.before;
    if (params.before < next) return undefined;
    // A gap between two pieces becomes the padding of the later one.
    pieces.push(pad(inputs[0], axis, params.before - next, 0));
    next = params.before + extentOf(inputs[0].shape, axis);
  }
  const total = extentOf(pads[0]?.shape ?? [], axis);
  return pad(concat(pieces, axis), axis, first, total - next);
}

/** Kernels that read and write by index. */
import { extentOf, sameShape, sizeOf } from "../shape.ts";
import type { Value, ValueOf } from "../value.ts";
import type { Emitter } from "./emitter.ts";
import type { Uses } from "./uses.ts";

const INT64 = { to: { int: 7 } };
const FLOAT = { to: { int: 1 } };

export function lowerGatherRows({ inputs: [x, index] }: ValueOf<"gatherRows">, e: Emitter): string {
  return e.op("Gather", [e.of(x), e.of(index)], { axis: { int: 0 } });
}

/**
 * Rows are written by ONNX Runtime's ScatterND, which RACES on equal indices when it runs on several threads (seen:
 * lost updates). It stays on one thread while elements × 1 cycle is below the scheduler's start-up cost of 100,000 cycles,
 * so the rows go in pieces below that; a test with nothing but equal indices guards it. This is 15 times faster than
 * ScatterElements. On webgpu the sum is a product with a one-hot matrix: in fixed order.
 */
const SAFE_ELEMENTS = 65_536;

export function lowerScatterAddRows(value: ValueOf<"scatterAddRows">, e: Emitter, uses: Uses): string {
  const rows = extentOf(value.shape, 0);
  if (e.device !== "cpu") {
    const [x, index] = value.inputs;
    const count = sizeOf(index.shape);
    const hits = e.op("Equal", [e.iota([rows, 1]), e.reshape(e.of(index), [1, count])]);
    const flat = e.reshape(e.of(x), [count, sizeOf(value.shape.slice(1))]);
    return e.reshape(e.op("MatMul", [e.op("Cast", [hits], FLOAT), flat]), value.shape);
  }
  if (addsTo(value, e, uses) !== undefined) return IN_ITS_SUM;
  return scatterInto(e.zeros([rows, sizeOf(value.shape.slice(1))]), value, e);
}

/** Stands for rows that are written straight onto what they are added to: never read. */
const IN_ITS_SUM = "(written by its sum)";

type Scattered = ValueOf<"scatterAddRows"> | ValueOf<"place">;

const isScattered = (value: Value): value is Scattered => value.op === "scatterAddRows" || value.op === "place";

/** x + y. What is scattered and nobody else reads is written onto the other operand: no zeros, no second pass over a vocabulary. */
export function lowerAdd(value: ValueOf<"add">, e: Emitter, uses: Uses): string {
  for (const operand of value.inputs) {
    if (!isScattered(operand)) continue;
    const other = addsTo(operand, e, uses);
    if (other === undefined) continue;
    if (operand.op === "place") return placeInto(e.of(other), operand, e, { reduction: { text: "add" } });
    const flat = e.reshape(e.of(other), [extentOf(value.shape, 0), sizeOf(value.shape.slice(1))]);
    return scatterInto(flat, operand, e);
  }
  return e.op("Add", [e.of(value.inputs[0]), e.of(value.inputs[1])]);
}

/** What the scattered rows are added to, if that is their only use. Of two scatters in one sum, the second is written onto the first. */
function addsTo(value: Scattered, e: Emitter, uses: Uses): Value | undefined {
  const user = uses.soleUser(value);
  if (e.device !== "cpu" || user?.op !== "add") return undefined;
  const [x, y] = user.inputs;
  const other = x === value ? y : x;
  const bothScatter = isScattered(x) && isScattered(y);
  if (x === y || !sameShape(other.shape, value.shape) || (bothScatter && value === x)) return undefined;
  return other;
}

/** `target` [rows, width] with the rows added, in pieces that run on one thread. */
function scatterInto(target: string, value: ValueOf<"scatterAddRows">, e: Emitter): string {
  const [x, index] = value.inputs;
  const count = sizeOf(index.shape);
  const width = sizeOf(value.shape.slice(1));
  const flat = e.reshape(e.of(x), [count, width]);
  if (isMergedFirst(sizeOf(value.shape), count, width))
    return e.reshape(scatterMerged(target, flat, value, e), value.shape);
  const index64 = e.op("Cast", [e.reshape(e.of(index), [count, 1])], INT64);
  const piece = Math.max(1, Math.floor(SAFE_ELEMENTS / width));
  let total = target;
  for (let start = 0; start < count; start += piece) {
    const part = (name: string): string =>
      piece >= count
        ? name
        : e.op("Slice", [name, e.longs(start), e.longs(Math.min(start + piece, count)), e.longs(0)]);
    total = e.op("ScatterND", [total, part(index64), part(flat)], { reduction: { text: "add" } });
  }
  return e.reshape(total, value.shape);
}

/**
 * Every ScatterND copies its target: many pieces into a large one (an embedding's gradient) cost more than adding up the rows
 * of equal index first, by a product with the matrix of which index equals which. In nanoseconds on 2 cores.
 */
function isMergedFirst(targetElements: number, count: number, width: number): boolean {
  const pieces = Math.ceil((count * width) / SAFE_ELEMENTS);
  return (pieces - 1) * targetElements * 0.4 > count ** 2 * (2 + width / 150);
}

/** Rows of equal index are written with equal bytes (all are the first one's sum), so the order of writing does not matter. */
function scatterMerged(
  target: string,
  flat: string,
  { inputs: [, index] }: ValueOf<"scatterAddRows">,
  e: Emitter,
): string {
  const count = sizeOf(index.shape);
  const of = (shape: readonly number[]): string => e.reshape(e.of(index), shape);
  const equal = e.op("Cast", [e.op("Equal", [of([count, 1]), of([1, count])])], FLOAT);
  const first = e.op("ArgMax", [equal], { axis: { int: 1 }, keepdims: { int: 0 } });
  const sums = e.op("Gather", [e.op("MatMul", [equal, flat]), first], { axis: { int: 0 } });
  const before = e.op("Gather", [target, of([count])], { axis: { int: 0 } });
  const index64 = e.op("Cast", [of([count, 1])], INT64);
  return e.op("ScatterND", [target, index64, e.op("Add", [before, sums])]);
}

export function lowerPick({ inputs: [x, index], shape }: ValueOf<"pick">, e: Emitter): string {
  const column = e.reshape(e.of(index), [...shape, 1]);
  return e.reshape(e.op("GatherElements", [e.of(x), column], { axis: { int: -1 } }), shape);
}

export function lowerPlace(value: ValueOf<"place">, e: Emitter, uses: Uses): string {
  const { inputs, shape } = value;
  if (e.device !== "cpu") {
    const [x, at] = inputs.map((operand) => e.reshape(e.of(operand), [...inputs[1].shape, 1])) as [string, string];
    const hits = e.op("Equal", [e.iota([extentOf(shape, -1)]), at]);
    return e.op("Where", [hits, x, e.float(0)]);
  }
  return addsTo(value, e, uses) === undefined ? placeInto(e.zeros(shape), value, e) : IN_ITS_SUM;
}

function placeInto(
  target: string,
  { inputs: [x, index] }: ValueOf<"place">,
  e: Emitter,
  how: Readonly<Record<string, { text: string }>> = {},
): string {
  const column = [...index.shape, 1];
  return e.op("ScatterElements", [target, e.reshape(e.of(index), column), e.reshape(e.of(x), column)], {
    axis: { int: -1 },
    ...how,
  });
}

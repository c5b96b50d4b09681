/**
 * Recomputation: the backward pass reads values again that the forward pass would have to keep. Boundaries b₀, b₁, … (the
 * inputs of a model's blocks) are kept; what lies between two of them is computed a second time from the first, once the
 * gradient of the second is known, and dropped again. It also waits for the gradients wanted of the stage behind: whoever
 * orders the nodes might else leave those for the end, and all that they are made of with them. What follows the last boundary, or depends on none, is kept as ever.
 */
import { after } from "../ops/elementwise.ts";
import { reshape, slice } from "../ops/layout.ts";
import { sizeOf } from "../shape.ts";
import type { Value } from "../value.ts";

export class Recomputation {
  private readonly kept: readonly Value[];
  private readonly boundaries: ReadonlyMap<Value, number>;
  /** Index of the boundary that a node lies behind; none if it depends on no boundary. */
  private readonly stages = new Map<Value, number>();
  /** Each boundary as its stage reads it the second time. */
  private readonly starts = new Map<number, Value>();
  private readonly copies = new Map<Value, Value>();
  /** Parts of the gradients that are wanted, found since the last boundary. */
  private fresh: Value[] = [];

  /** `order`: all nodes, operands before their users. */
  constructor(order: readonly Value[], boundaries: readonly Value[]) {
    this.kept = boundaries;
    this.boundaries = new Map(boundaries.map((value, index) => [value, index]));
    for (const value of order) {
      const stage = Math.max(-1, ...value.inputs.map((x) => this.boundaries.get(x) ?? this.stages.get(x) ?? -1));
      if (stage >= 0) this.stages.set(value, stage);
    }
  }

  /** The node for its gradient rule, given the gradient it received; nodes come in the order of the backward walk. */
  again(value: Value, gradient: Value): Value {
    const before = (this.boundaries.get(value) ?? 0) - 1;
    const start = this.kept[before];
    if (start !== undefined) {
      this.starts.set(before, after(start, this.fresh.reduce(after, firstOf(gradient))));
      this.fresh = [];
    }
    const stage = this.stages.get(value);
    return stage === undefined || !this.starts.has(stage) ? value : this.rebuilt(value, stage);
  }

  /** Notes a part of a gradient that is wanted. */
  found(part: Value): void {
    // Pads are joined with their like later, and then none of them is computed.
    if (part.op !== "pad") this.fresh.push(part);
  }

  private rebuilt(value: Value, stage: number): Value {
    const inputs = value.inputs.map((x) => this.operand(x, stage));
    // The same operation on operands of the same types.
    return { ...value, inputs } as Value;
  }

  private operand(value: Value, stage: number): Value {
    const boundary = this.boundaries.get(value);
    if (boundary !== undefined) return (boundary === stage ? this.starts.get(stage) : undefined) ?? value;
    if (this.stages.get(value) !== stage) return value;
    const known = this.copies.get(value);
    if (known !== undefined) return known;
    const copy = this.rebuilt(value, stage);
    this.copies.set(value, copy);
    return copy;
  }
}

/** One number of x, to wait for: what waits is copied. */
function firstOf(x: Value): Value {
  return slice(reshape(x, [sizeOf(x.shape)]), 0, 0, 1);
}

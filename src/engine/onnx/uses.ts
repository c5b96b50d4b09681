/** Who else is in the plan: what a kernel may ask before it fuses. */
import type { GraphPlan } from "../graph.ts";
import type { Value, ValueOf } from "../value.ts";

export class Uses {
  private readonly norms = new Map<Value, ValueOf<"rmsNorm">[]>();
  private readonly inverses = new Map<Value, ValueOf<"inverseRms">[]>();

  private readonly users = new Map<Value, Value[]>();
  private readonly outputs: ReadonlySet<Value>;

  constructor(plan: GraphPlan) {
    this.outputs = new Set(plan.outputs.map(([, value]) => value));
    for (const value of plan.nodes) {
      for (const operand of value.inputs) push(this.users, operand, value);
      if (value.op === "rmsNorm") push(this.norms, value.inputs[0], value);
      if (value.op === "inverseRms") push(this.inverses, value.inputs[0], value);
    }
  }

  /** The first norm of the same x and epsilon whose weight is there from the start. */
  normOf(x: Value, epsilon: number): ValueOf<"rmsNorm"> | undefined {
    return this.norms
      .get(x)
      ?.find(({ inputs, params }) => params.epsilon === epsilon && ["input", "constant"].includes(inputs[1].op));
  }

  /** The one node that reads the value, if there is exactly one and the value is not an output itself. */
  soleUser(value: Value): Value | undefined {
    const [user, ...others] = this.users.get(value) ?? [];
    return others.length === 0 && !this.outputs.has(value) ? user : undefined;
  }

  hasInverse(x: Value, epsilon: number): boolean {
    return this.inverses.get(x)?.some(({ params }) => params.epsilon === epsilon) ?? false;
  }
}

function push<K, V>(lists: Map<K, V[]>, key: K, item: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}

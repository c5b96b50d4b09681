/**
 * A graph is named outputs; everything else is found by walking. Reading it gives a plan: every distinct node once,
 * operands first, simplified. Key and text are made from the plan, so equal graphs have equal keys however they were built.
 */
import { AepoError } from "../std/errors.ts";
import { bytesOf, ContentHash } from "./hash.ts";
import { show } from "./shape.ts";
import { simplify } from "./simplify.ts";
import type { Value, ValueOf } from "./value.ts";

export interface Graph {
  readonly outputs: Readonly<Record<string, Value>>;
}

export interface GraphPlan {
  /** Distinct nodes, operands before their users. */
  readonly nodes: readonly Value[];
  /** Index in `nodes` of every node. */
  readonly index: ReadonlyMap<Value, number>;
  /** By name, sorted by name. */
  readonly inputs: readonly ValueOf<"input">[];
  readonly outputs: readonly (readonly [name: string, value: Value])[];
  readonly key: string;
}

/** Nodes reachable from `roots`, operands before users, each once. Iterative: deep graphs are normal. */
export function walk(roots: Iterable<Value>): Value[] {
  const order: Value[] = [];
  const seen = new Set<Value>();
  const stack: { value: Value; next: number }[] = [];
  for (const root of roots) {
    if (!seen.has(root)) stack.push({ value: root, next: 0 });
    seen.add(root);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const operand = top.value.inputs[top.next++];
      if (operand === undefined) {
        order.push(top.value);
        stack.pop();
      } else if (!seen.has(operand)) {
        seen.add(operand);
        stack.push({ value: operand, next: 0 });
      }
    }
  }
  return order;
}

/** Merges equal nodes (hash-consing) and simplifies. Throws if an input's name is used twice or there is no output. */
export function planGraph(graph: Graph): GraphPlan {
  const names = Object.keys(graph.outputs).sort();
  const roots = names.map((name) => graph.outputs[name] as Value);
  if (roots.length === 0)
    throw new AepoError("engine", "the graph has no outputs", {
      expected: "at least one",
    });
  const original = walk(roots);
  checkInputNames(original);
  const pool = new NodePool();
  const canonical = new Map<Value, Value>();
  for (const value of original) {
    const inputs = value.inputs.map((operand) => canonical.get(operand) ?? operand);
    canonical.set(value, pool.intern({ ...value, inputs } as Value));
  }
  const outputs = names.map((name, i) => [name, canonical.get(roots[i] as Value) as Value] as const);
  const nodes = walk(outputs.map(([, value]) => value));
  const index = new Map(nodes.map((value, i) => [value, i]));
  const inputs = nodes.filter((value) => value.op === "input").sort((a, b) => (a.params.name < b.params.name ? -1 : 1));
  const plan = { nodes, index, inputs, outputs };
  return { ...plan, key: new ContentHash().text(planText(plan)).digest() };
}

/** Content hash: two equal graphs share a session. */
export function graphKey(graph: Graph): string {
  return planGraph(graph).key;
}

/** The plan as text, one node a line, in the order of execution. */
export function print(graph: Graph): string {
  return planText(planGraph(graph));
}

function checkInputNames(nodes: readonly Value[]): void {
  const byName = new Map<string, Value>();
  for (const value of nodes) {
    if (value.op !== "input") continue;
    const other = byName.get(value.params.name);
    if (other !== undefined) {
      throw new AepoError("engine", `two inputs are named "${value.params.name}"`, {
        exists: `${show(other)} and ${show(value)}`,
        fix: "make the input once and use that value in both places",
      });
    }
    byName.set(value.params.name, value);
  }
}

/** Gives the one node for each distinct content. */
class NodePool {
  private readonly byContent = new Map<string, Value>();
  private readonly numbers = new Map<Value, number>();

  intern(value: Value): Value {
    if (this.numbers.has(value)) return value;
    const simple = simplify(value, (made) => this.intern(made));
    if (this.numbers.has(simple)) return simple;
    const content = nodeText(simple, (operand) => this.numbers.get(operand) ?? -1);
    const known = this.byContent.get(content);
    if (known !== undefined) return known;
    this.byContent.set(content, simple);
    this.numbers.set(simple, this.numbers.size);
    return simple;
  }
}

function planText({ nodes, index, outputs }: Omit<GraphPlan, "key">): string {
  const number = (value: Value): number => index.get(value) ?? -1;
  return [
    ...nodes.map((value) => `%${number(value)} = ${nodeText(value, number)}`),
    ...outputs.map(([name, value]) => `${name} <- %${number(value)}`),
  ].join("\n");
}

function nodeText(value: Value, number: (operand: Value) => number): string {
  const operands = value.inputs.map((operand) => `%${number(operand)}`).join(", ");
  return `${value.op}(${operands})${paramsText(value)} ${show(value)}`;
}

function paramsText(value: Value): string {
  if (value.op === "constant") {
    const { data } = value.params;
    return data.length <= 4
      ? ` {${Array.from(data, paramText).join(", ")}}`
      : ` {#${new ContentHash().bytes(bytesOf(data)).digest()}}`;
  }
  const entries = Object.entries(value.params);
  return entries.length === 0 ? "" : ` {${entries.map(([key, param]) => `${key}: ${paramText(param)}`).join(", ")}}`;
}

function paramText(param: unknown): string {
  // JSON has no −0, no NaN and no infinities.
  return Object.is(param, -0) ? "-0" : typeof param === "number" ? String(param) : JSON.stringify(param);
}

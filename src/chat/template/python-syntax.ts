/**
 * A parsed template in which the library's JavaScript ways are calls of functions that do what Python does (functions.ts):
 * methods and filters of texts, ==, in, ~, tojson, what `{{ value }}` writes, and variables set in a loop, which are new in
 * every turn of it.
 */

/** A node of the library's syntax tree. */
export interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Names begin with what no template's identifier can contain. */
export const FUNCTION_PREFIX = "python ";
export const METHODS = ["strip", "lstrip", "rstrip", "title", "capitalize"] as const;
export const FILTERS = ["trim", "title", "capitalize", "string", "tojson", "length", "count"] as const;

export function withPythonSemantics(node: Node): Node {
  const inner: Node = Object.fromEntries(
    Object.entries(node).map(([field, value]) => [field, insideOf(field, value)]),
  ) as unknown as Node;
  return (RULES[inner.type] ?? ((same: Node) => same))(inner);
}

/** Fields that hold statements; the value of an expression among them is written. */
const BLOCKS = ["body", "alternate", "defaultBlock"];
const STATEMENTS =
  "If For Set Macro CallStatement FilterStatement Break Continue Comment StringLiteral Program Statement".split(" ");

function insideOf(field: string, value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => (isNode(item) ? withPythonSemantics(item) : item));
    if (!BLOCKS.includes(field)) return items;
    return items.map((item) => (isNode(item) && !STATEMENTS.includes(item.type) ? call("write", [item]) : item));
  }
  if (value instanceof Map) {
    return new Map([...value].map(([key, entry]) => [insideOf("", key), insideOf("", entry)]));
  }
  return isNode(value) ? withPythonSemantics(value) : value;
}

const RULES: Readonly<Record<string, (node: Node) => Node>> = {
  CallExpression: (node) => {
    const { callee, args } = node;
    if (!isNode(callee) || callee.type !== "MemberExpression" || callee["computed"] === true) return node;
    const name = nameOf(callee["property"]);
    if (!isOneOf(METHODS, name)) return node;
    return call(`.${name}`, [callee["object"], ...(args as readonly unknown[])]);
  },
  FilterExpression: (node) => {
    const { operand, filter } = node;
    if (!isNode(filter)) return node;
    const isCall = filter.type === "CallExpression";
    const name = nameOf(isCall ? filter["callee"] : filter);
    if (!isOneOf(FILTERS, name)) return node;
    return call(`|${name}`, [operand, ...(isCall ? (filter["args"] as readonly unknown[]) : [])]);
  },
  BinaryExpression: (node) => {
    const operator = (node["operator"] as { readonly value: string }).value;
    if (!["==", "!=", "in", "not in", "~"].includes(operator)) return node;
    return call(operator, [node["left"], node["right"]]);
  },
  For: (node) => {
    const names = namesIn(node["loopvar"]).map((value) => ({ type: "StringLiteral", value }));
    return { ...node, body: [call("turn", names), ...(node["body"] as readonly unknown[])] };
  },
};

function namesIn(target: unknown): string[] {
  if (!isNode(target)) return [];
  if (target.type === "TupleLiteral") return (target["value"] as readonly unknown[]).flatMap(namesIn);
  return [nameOf(target)];
}

function nameOf(node: unknown): string {
  return isNode(node) && node.type === "Identifier" ? String(node["value"]) : "";
}

function call(name: string, args: readonly unknown[]): Node {
  return { type: "CallExpression", callee: { type: "Identifier", value: FUNCTION_PREFIX + name }, args };
}

function isOneOf(names: readonly string[], name: string): boolean {
  return names.includes(name);
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** json.dumps as chat templates call it: `value | tojson(indent=…, ensure_ascii=…, separators=…, sort_keys=…)`. */
import { entriesOf, itemsOf, reprOfFloat, textOf, type Value } from "./values.ts";

export interface JsonStyle {
  readonly indent?: number;
  readonly ensureAscii?: boolean;
  /** Between items, and between a key and its value. */
  readonly separators?: readonly [string, string];
  readonly sortKeys?: boolean;
}

export function toJson(value: Value, style: JsonStyle = {}, depth = 0): string {
  const text = textOf(value);
  if (text !== undefined) return quote(text, style);
  const items = itemsOf(value);
  if (items !== undefined) {
    return enclose(
      "[]",
      items.map((item) => toJson(item, style, depth + 1)),
      style,
      depth,
    );
  }
  const entries = entriesOf(value);
  if (entries !== undefined) {
    const between = style.separators?.[1] ?? ": ";
    const sorted = style.sortKeys === true ? [...entries].toSorted(([a], [b]) => byCodePoint(a, b)) : [...entries];
    const written = sorted.map(([key, entry]) => `${quote(key, style)}${between}${toJson(entry, style, depth + 1)}`);
    return enclose("{}", written, style, depth);
  }
  if (value.type === "FloatValue") return reprOfFloat(value.value as number);
  // The library's null has no value.
  if (value.type === "NullValue") return "null";
  if (value.type === "BooleanValue" || value.type === "IntegerValue") return String(value.value);
  throw new Error(`tojson cannot write ${value.type === "UndefinedValue" ? "what is not defined" : value.type}`);
}

function enclose(brackets: string, items: readonly string[], { indent, separators }: JsonStyle, depth: number): string {
  const [open = "", close = ""] = brackets;
  if (items.length === 0) return open + close;
  if (indent === undefined) return open + items.join(separators?.[0] ?? ", ") + close;
  const line = (level: number): string => `\n${" ".repeat(indent * level)}`;
  return open + line(depth + 1) + items.join((separators?.[0] ?? ",") + line(depth + 1)) + line(depth) + close;
}

function quote(text: string, { ensureAscii = false }: JsonStyle): string {
  const quoted = JSON.stringify(text);
  if (!ensureAscii) return quoted;
  return quoted.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function byCodePoint(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  const at = left.findIndex((character, i) => character !== right[i]);
  if (at < 0) return left.length - right.length;
  return (left[at]?.codePointAt(0) ?? -1) - (right[at]?.codePointAt(0) ?? -1);
}

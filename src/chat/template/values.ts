/**
 * Values of a template as Python sees them. The library's own ways to write, compare and search them are JavaScript's: `true`
 * for True, "1" == 1, UTF-16 lengths. Templates are written for Python's.
 */

/** A value of the library's interpreter. */
export interface Value {
  readonly type: string;
  readonly value: unknown;
}

export function isUndefined({ type }: Value): boolean {
  return type === "UndefinedValue";
}

export function itemsOf({ type, value }: Value): readonly Value[] | undefined {
  return type === "ArrayValue" || type === "TupleValue" ? (value as readonly Value[]) : undefined;
}

export function entriesOf({ type, value }: Value): ReadonlyMap<string, Value> | undefined {
  return type === "ObjectValue" || type === "KeywordArgumentsValue" ? (value as ReadonlyMap<string, Value>) : undefined;
}

export function textOf({ type, value }: Value): string | undefined {
  return type === "StringValue" ? (value as string) : undefined;
}

/** str(value). */
export function str(value: Value): string {
  return textOf(value) ?? (isUndefined(value) ? "" : repr(value));
}

/** repr(value). */
export function repr(value: Value): string {
  const text = textOf(value);
  if (text !== undefined) return reprOfText(text);
  const items = itemsOf(value)?.map(repr);
  if (items !== undefined) {
    if (value.type === "ArrayValue") return `[${items.join(", ")}]`;
    return `(${items.join(", ")}${items.length === 1 ? "," : ""})`;
  }
  const entries = entriesOf(value);
  if (entries !== undefined) {
    return `{${[...entries].map(([key, entry]) => `${reprOfText(key)}: ${repr(entry)}`).join(", ")}}`;
  }
  if (value.type === "NullValue") return "None";
  if (value.type === "BooleanValue") return value.value === true ? "True" : "False";
  if (value.type === "FloatValue") return reprOfFloat(value.value as number);
  return String(value.value);
}

/** Python turns to exponents at 1e16 and below 1e-4, and writes two digits of them. */
export function reprOfFloat(number: number): string {
  if (!Number.isFinite(number)) return Number.isNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
  const size = Math.abs(number);
  if (size !== 0 && (size >= 1e16 || size < 1e-4)) {
    return number.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  }
  const digits = Object.is(number, -0) ? "-0" : String(number);
  return digits.includes(".") ? digits : `${digits}.0`;
}

function reprOfText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const names: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\" };
  const escaped = text.replace(/[\\\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const hex = code.toString(16);
    if (code < 256) return names[character] ?? `\\x${hex.padStart(2, "0")}`;
    return code < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
  });
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
}

/** a == b. Numbers and booleans are one kind; a text never equals a number. */
export function equal(a: Value, b: Value): boolean {
  const [left, right] = [itemsOf(a), itemsOf(b)];
  if (left !== undefined || right !== undefined) {
    if (left === undefined || right === undefined || a.type !== b.type || left.length !== right.length) return false;
    return left.every((item, i) => equal(item, right[i] as Value));
  }
  const [entries, others] = [entriesOf(a), entriesOf(b)];
  if (entries !== undefined || others !== undefined) {
    if (entries?.size !== others?.size) return false;
    return [...(entries ?? [])].every(([key, entry]) => {
      const other = others?.get(key);
      return other !== undefined && equal(entry, other);
    });
  }
  const isNumber = ({ type }: Value): boolean => /^(Integer|Float|Boolean)Value$/.test(type);
  if (isNumber(a) && isNumber(b)) return Number(a.value) === Number(b.value);
  return a.type === b.type && (a.value ?? null) === (b.value ?? null);
}

/** item in container. */
export function contains(container: Value, item: Value): boolean {
  if (isUndefined(container)) return false;
  const items = itemsOf(container);
  if (items !== undefined) return items.some((entry) => equal(entry, item));
  const [key, text, entries] = [textOf(item), textOf(container), entriesOf(container)];
  if (entries !== undefined) return key !== undefined && entries.has(key);
  if (text !== undefined && key !== undefined) return text.includes(key);
  // Of jinja2's undefined values none is in a text; anything else is a mistake in Python too.
  if (text !== undefined && isUndefined(item)) return false;
  throw new Error(`"in" needs a text, a list or a mapping of what is looked for, not ${container.type}`);
}

/** len(value): characters, not UTF-16 units. */
export function lengthOf(value: Value): number {
  if (isUndefined(value)) return 0;
  const text = textOf(value);
  const size = text === undefined ? (itemsOf(value)?.length ?? entriesOf(value)?.size) : [...text].length;
  if (size === undefined) throw new Error(`${value.type} has no length`);
  return size;
}

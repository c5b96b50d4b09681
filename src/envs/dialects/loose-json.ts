/**
 * JSON as language models write it. Read besides JSON, because it can mean one thing only: commas before a closing bracket, texts
 * in single quotes, True, False and None, line breaks inside texts. Everything else is a fault with its place, never a guess.
 * Linear, and no deeper than DEPTH: what comes from a model is hostile input.
 */
import type { Json, JsonObject } from "../../std/json.ts";

export type LooseJson = { readonly value: Json; readonly end: number } | { readonly fault: string };

const DEPTH = 64;

/** The value that begins at `from`, white space before it left out; `end` is where it has ended. */
export function readLooseJson(text: string, from = 0): LooseJson {
  const reader = new Reader(text, from);
  try {
    const value = reader.value(0);
    return { value, end: reader.at };
  } catch (thrown) {
    if (thrown instanceof Fault) return { fault: thrown.message };
    throw thrown;
  }
}

class Fault extends Error {}

const LITERALS: readonly (readonly [string, boolean | null])[] = [
  ["true", true],
  ["false", false],
  ["null", null],
  ["True", true],
  ["False", false],
  ["None", null],
];

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

class Reader {
  at: number;
  private readonly text: string;

  constructor(text: string, at: number) {
    this.text = text;
    this.at = at;
  }

  value(depth: number): Json {
    if (depth > DEPTH) throw new Fault(`it is nested deeper than ${DEPTH}`);
    const next = this.next();
    if (next === "{") return this.object(depth);
    if (next === "[") return this.list(depth);
    if (next === '"' || next === "'") return this.string(next);
    const literal = LITERALS.find(([word]) => this.text.startsWith(word, this.at));
    if (literal === undefined) return this.number();
    this.at += literal[0].length;
    return literal[1];
  }

  private object(depth: number): JsonObject {
    const fields = new Map<string, Json>();
    this.at++;
    while (this.next() !== "}") {
      const quote = this.next();
      if (quote !== '"' && quote !== "'") throw this.unexpected('a name in quotes or "}"');
      const name = this.string(quote);
      if (fields.has(name)) throw new Fault(`it has ${JSON.stringify(name)} twice`);
      if (this.next() !== ":") throw this.unexpected('":"');
      this.at++;
      fields.set(name, this.value(depth + 1));
      this.separator("}");
    }
    this.at++;
    return Object.fromEntries(fields);
  }

  private list(depth: number): Json[] {
    const items: Json[] = [];
    this.at++;
    while (this.next() !== "]") {
      items.push(this.value(depth + 1));
      this.separator("]");
    }
    this.at++;
    return items;
  }

  /** A comma, or the closing bracket ahead. */
  private separator(closing: string): void {
    const next = this.next();
    if (next === ",") this.at++;
    else if (next !== closing) throw this.unexpected(`"," or "${closing}"`);
  }

  private string(quote: string): string {
    const start = this.at;
    const pieces: string[] = [];
    let from = start + 1;
    for (let i = from; i < this.text.length; i++) {
      const character = this.text[i];
      if (character === quote) {
        this.at = i + 1;
        return pieces.join("") + this.text.slice(from, i);
      }
      if (character !== "\\") continue;
      const [said, length] = this.escape(i + 1);
      pieces.push(this.text.slice(from, i), said);
      i += length;
      from = i + 1;
    }
    throw new Fault(`the text that begins at character ${start + 1} does not end`);
  }

  /** What stands for the escape behind a backslash, and its length. */
  private escape(at: number): readonly [string, number] {
    const kind = this.text[at] ?? "";
    const code = kind === "u" ? /^[0-9a-fA-F]{4}$/.exec(this.text.slice(at + 1, at + 5))?.[0] : undefined;
    if (code !== undefined) return [String.fromCharCode(Number.parseInt(code, 16)), 5];
    const said = Object.hasOwn(ESCAPES, kind) ? ESCAPES[kind] : undefined;
    if (said !== undefined) return [said, 1];
    throw new Fault(
      `JSON has no escape ${JSON.stringify(`\\${kind}`).slice(2, -1)} (character ${at}): write \\\\ for a backslash`,
    );
  }

  private number(): number {
    const pattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
    pattern.lastIndex = this.at;
    const [digits] = pattern.exec(this.text) ?? [];
    if (digits === undefined) throw this.unexpected("a value");
    this.at += digits.length;
    const value = Number(digits);
    if (!Number.isFinite(value)) throw new Fault(`the number ${digits.slice(0, 20)} is too large`);
    return value;
  }

  /** The next character that is no white space; "" at the end. */
  private next(): string {
    while (" \n\r\t".includes(this.text[this.at] ?? "end")) this.at++;
    return this.text[this.at] ?? "";
  }

  private unexpected(expected: string): Fault {
    const found = this.text[this.at];
    return new Fault(
      `expected ${expected} at character ${this.at + 1}, found ${found === undefined ? "the end" : JSON.stringify(found)}`,
    );
  }
}

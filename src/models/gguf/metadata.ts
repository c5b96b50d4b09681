/** Metadata of a GGUF file by key, each with the type that is expected of it. */
import { AepoError } from "../../std/errors.ts";
import type { GgufValue } from "./header.ts";

export class Metadata {
  /** For messages. */
  readonly source: string;
  readonly #values: ReadonlyMap<string, GgufValue>;

  constructor(values: ReadonlyMap<string, GgufValue>, source: string) {
    this.#values = values;
    this.source = source;
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }
  keys(): string[] {
    return [...this.#values.keys()];
  }
  value(key: string): GgufValue | undefined {
    return this.#values.get(key);
  }

  text(key: string): string | undefined {
    return this.#typed(key, "a text", (value) => (typeof value === "string" ? value : undefined));
  }
  flag(key: string): boolean | undefined {
    return this.#typed(key, "true or false", (value) => (typeof value === "boolean" ? value : undefined));
  }
  /** As the decimal that was written, where it is stored in float32: 1e-5, not 9.99999974737875e-6. */
  number(key: string): number | undefined {
    return this.#typed(key, "a number", (value) => (typeof value === "number" ? shortestDecimal(value) : undefined));
  }
  count(key: string): number | undefined {
    return this.#typed(key, "a count", (value) => (isCount(value) ? value : undefined));
  }
  texts(key: string): readonly string[] | undefined {
    return this.#typed(key, "texts", (value) =>
      isArrayOf(value, "string") ? (value as readonly string[]) : undefined,
    );
  }
  numbers(key: string): readonly number[] | undefined {
    return this.#typed(key, "numbers", (value) =>
      isArrayOf(value, "number") ? (value as readonly number[]) : undefined,
    );
  }

  /** What must be there. */
  required<T>(value: T | undefined, key: string): T {
    if (value !== undefined) return value;
    throw new AepoError("policy", `${this.source}: the metadata has no "${key}"`, {
      exists: `${this.#values.size} keys, ${this.keys().slice(0, 5).join(", ")} …`,
    });
  }

  #typed<T>(key: string, expected: string, read: (value: GgufValue) => T | undefined): T | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    const found = read(value);
    if (found !== undefined) return found;
    throw new AepoError("policy", `${this.source}: "${key}" is not ${expected}`, {
      exists: typeof value === "object" ? "an array" : String(value).slice(0, 60),
    });
  }
}

function isCount(value: GgufValue): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** The elements of an array in the file have one type. */
function isArrayOf(value: GgufValue, type: "string" | "number"): boolean {
  return typeof value === "object" && value.every((element) => typeof element === type);
}

function shortestDecimal(value: number): number {
  if (Math.fround(value) !== value) return value;
  for (let digits = 1; digits < 9; digits++) {
    const decimal = Number(value.toPrecision(digits));
    if (Math.fround(decimal) === value) return decimal;
  }
  return value;
}

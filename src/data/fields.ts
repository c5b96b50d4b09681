/** Reading fields that may be wrong: each error names the place, the path of the field, what was expected and what is there. */
import { messageOf } from "../std/errors.ts";
import type { JsonObject } from "../std/json.ts";
import { dataError, isObject, shown } from "./row.ts";

/** A value with where it stands, e.g. `messages[2].content`. */
export interface Field {
  readonly value: unknown;
  readonly path: string;
  readonly place: string;
}

/** Null is what a column of Parquet has where a row lacks it: absent. */
export function fieldOf(parent: Field & { readonly value: JsonObject }, key: string): Field {
  const value: unknown = Object.hasOwn(parent.value, key) ? parent.value[key] : undefined;
  return { value: value ?? undefined, path: `${parent.path}.${key}`, place: parent.place };
}

export function wrong({ value, path, place }: Field, expected: string): Error {
  return dataError(place, `${path} is wrong`, { expected, exists: shown(value) });
}

export function stringOf(field: Field): string {
  if (typeof field.value === "string") return field.value;
  throw wrong(field, "a string");
}

export function objectOf(field: Field): Field & { readonly value: JsonObject } {
  const { value } = field;
  if (isObject(value)) return { ...field, value };
  throw wrong(field, "an object");
}

export function listOf(field: Field): Field[] {
  const { value, path, place } = field;
  if (!Array.isArray(value)) throw wrong(field, "a list");
  return value.map((element: unknown, i) => ({ value: element, path: `${path}[${i}]`, place }));
}

/** Lists and objects may come as JSON in a string, since Parquet has one type a column. */
export function unpacked(field: Field): Field {
  const { value, path, place } = field;
  if (typeof value !== "string") return field;
  try {
    return { ...field, value: JSON.parse(value) as unknown };
  } catch (thrown) {
    throw dataError(place, `${path} is not JSON: ${messageOf(thrown)}`, { exists: shown(value) });
  }
}

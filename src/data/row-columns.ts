/** Looking a column up in a row: by its name, or by dots into structs; the first of several that the row has. */
import type { JsonObject } from "../std/json.ts";
import type { Field } from "./fields.ts";
import { dataError, isObject, type Row } from "./row.ts";

export type Candidates = string | readonly string[];

/** The first that is there and not null; null if none is. */
export function columnOf({ values, place }: Row, candidates: Candidates): Field | null {
  for (const path of listed(candidates)) {
    const value = valueAt(values, path);
    if (value !== undefined && value !== null) return { value, path, place };
  }
  return null;
}

export function neededColumn(row: Row, candidates: Candidates): Field {
  const found = columnOf(row, candidates);
  if (found !== null) return found;
  throw dataError(row.place, `no value in ${listed(candidates).join(" or ")}`, {
    exists: `columns ${Object.keys(row.values).join(", ")}`,
  });
}

/** A name with a dot in it may be a column's own. */
export function valueAt(values: JsonObject, path: string): unknown {
  if (Object.hasOwn(values, path)) return values[path];
  let value: unknown = values;
  for (const key of path.split(".")) {
    if (Array.isArray(value) && /^\d+$/.test(key)) value = value[Number(key)];
    else value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return value;
}

function listed(candidates: Candidates): readonly string[] {
  return typeof candidates === "string" ? [candidates] : candidates;
}

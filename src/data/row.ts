/** One row of a data file, whatever the file's format, and where it stands in it. */
import { AepoError, type ErrorDetails } from "../std/errors.ts";
import type { JsonObject } from "../std/json.ts";

export interface Row {
  readonly values: JsonObject;
  /** For messages: `file.jsonl:3`, `file.parquet, row 3`. */
  readonly place: string;
}

export function dataError(place: string, what: string, details: ErrorDetails = {}): AepoError {
  return new AepoError("config", `${place}: ${what}`, details);
}

/** A row is an object of columns. */
export function rowOf(value: unknown, place: string): Row {
  if (isObject(value)) return { values: value, place };
  throw dataError(place, "a row must be an object", { exists: shown(value) });
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value in a message: short, on one line. */
export function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/**
 * What a text between tags is to a tool whose input is an object, by the JSON schema of that object: where one field is needed and it is
 * a text, the text is that field, and JSON where other fields are given, too; of other objects it is their JSON.
 */
import type { Json, JsonObject } from "../std/json.ts";

/** Null: JSON is wanted and the text is not that of an object. */
export function objectOfText(schema: JsonObject, text: string): JsonObject | null {
  const field = textField(schema);
  if (field === null) return jsonObject(text);
  return (hasOthers(schema) ? jsonObject(text) : null) ?? { [field]: text };
}

export function jsonObject(text: string): JsonObject | null {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return null;
  }
}

/** The one field, or the one that is needed, if it is a text. */
export function textField(schema: JsonObject): string | null {
  const fields = fieldsOf(schema);
  const { required } = schema;
  const names: readonly Json[] = Array.isArray(required) ? required : [];
  const [field, ...others] = fields.length === 1 ? fields : fields.filter(([name]) => names.includes(name));
  if (field === undefined || others.length > 0) return null;
  return asObject(field[1])?.["type"] === "string" ? field[0] : null;
}

export function hasOthers(schema: JsonObject): boolean {
  return fieldsOf(schema).length > 1;
}

function fieldsOf({ properties }: JsonObject): (readonly [string, unknown])[] {
  return Object.entries(asObject(properties) ?? {});
}

function asObject(value: unknown): JsonObject | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}

/** JSON as Python's json.dumps and chat templates write it: a space behind every comma and colon, other scripts as they are. */
import type { Json } from "../../std/json.ts";

export function spacedJson(value: Json): string {
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(spacedJson).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, inner]) => `${JSON.stringify(key)}: ${spacedJson(inner)}`)
    .join(", ")}}`;
}

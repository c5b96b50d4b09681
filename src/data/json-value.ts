/** Values of other formats and programs as JSON has them. */
import type { Json } from "../std/json.ts";

const MAX_DEPTH = 200;

/**
 * 64-bit integers are numbers where they are exact, else their digits; times are ISO 8601; bytes are base64; what is absent or no
 * number is null. Throws RangeError for what is nested deeper than 200, or in itself.
 */
export function jsonOf(value: unknown, depth = 0): Json {
  if (depth > MAX_DEPTH) throw new RangeError(`nested deeper than ${MAX_DEPTH}`);
  switch (typeof value) {
    case "bigint":
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : null;
    case "object":
      break;
    default:
      return null;
  }
  if (value === null) return null;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (Array.isArray(value)) return value.map((element) => jsonOf(element, depth + 1));
  if (ArrayBuffer.isView(value))
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, jsonOf(field, depth + 1)]));
}

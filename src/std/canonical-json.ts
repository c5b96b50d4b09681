/**
 * One text for one value: keys sorted, fields without a value left out, no spaces. Two inputs that mean the same have the same
 * text, whoever wrote them in whatever order.
 */

/** Throws TypeError for what JSON cannot say (functions, symbols, cycles). Dates, URLs and the like are their `toJSON`. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, given: unknown) => sorted(given)) ?? unsayable(value);
}

function sorted(value: unknown): unknown {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function" || typeof value === "symbol") return unsayable(value);
  if (value instanceof Map) return [...value.entries()];
  if (value instanceof Set) return [...value];
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function unsayable(value: unknown): string {
  if (value === undefined) return "null";
  throw new TypeError(`JSON cannot say a ${typeof value}`);
}

/** Whether JSON gives the value back as it is: null, booleans, finite numbers, texts, and lists and plain objects of them. */
export function isPlainJson(value: unknown): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (Array.isArray(value)) return value.every(isPlainJson);
  if (typeof value !== "object") return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return Object.values(value).every((field) => field === undefined || isPlainJson(field));
}

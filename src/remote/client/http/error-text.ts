/**
 * What an error answer says, whatever its form: `{detail: text}`, FastAPI's list of findings (which repeats the whole request in
 * `input`), `{error, category}`, OpenAI's `{error: {message}}`, or plain text. Always short.
 */
import type { HttpAnswer } from "./transport.ts";

const MAX_CHARACTERS = 400;
const MAX_FINDINGS = 3;

export function errorText({ status, body }: Pick<HttpAnswer, "status" | "body">): string {
  const text = new TextDecoder().decode(body.subarray(0, 1 << 20));
  const said = jsonText(text) ?? text;
  const short = said.replace(/\s+/g, " ").trim();
  if (short === "") return `status ${status} without a word`;
  return short.length > MAX_CHARACTERS ? `${short.slice(0, MAX_CHARACTERS)} …` : short;
}

function jsonText(text: string): string | null {
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value === "string") return value;
    if (typeof value !== "object" || value === null) return null;
    const { detail, error, message } = value as Record<string, unknown>;
    return wordsOf(detail) ?? wordsOf(error) ?? wordsOf(message);
  } catch {
    return null;
  }
}

function wordsOf(value: unknown): string | null {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) {
    const findings = value.slice(0, MAX_FINDINGS).map(finding);
    const more = value.length > MAX_FINDINGS ? ` (and ${value.length - MAX_FINDINGS} more)` : "";
    return findings.join("; ") + more;
  }
  if (typeof value === "object" && value !== null) return wordsOf((value as { message?: unknown }).message);
  return null;
}

/** One of FastAPI's findings: where and what, without the input. */
function finding(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  const { loc, msg } = value as { loc?: unknown; msg?: unknown };
  const where = Array.isArray(loc) ? loc.join(".") : "";
  return [where, typeof msg === "string" ? msg : "invalid"].filter((part) => part !== "").join(": ");
}

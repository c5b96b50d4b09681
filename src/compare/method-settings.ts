/** `--set NAME:key=value`: a setting of one method alone, such as a learning rate of its own. Without a name it is for all. */
import { AepoError } from "../std/errors.ts";

export interface MethodSetting {
  /** Null: of all methods. */
  readonly method: string | null;
  /** `key=value`. */
  readonly assignment: string;
}

export function methodSetting(text: string): MethodSetting {
  const equals = text.indexOf("=");
  const colon = text.lastIndexOf(":", equals < 0 ? text.length : equals);
  if (colon < 0) return { method: null, assignment: text };
  return { method: text.slice(0, colon), assignment: text.slice(colon + 1) };
}

/** What is set of one method, in the order given. */
export function settingsOf(set: readonly string[], name: string): string[] {
  return set
    .map(methodSetting)
    .filter(({ method }) => method === null || method === name)
    .map(({ assignment }) => assignment);
}

/** Throws where a setting is of no method: it would have no effect. */
export function checkSettings(set: readonly string[], names: readonly string[]): void {
  for (const text of set) {
    const { method } = methodSetting(text);
    if (method === null || names.includes(method)) continue;
    throw new AepoError("usage", `--set ${text}: there is no method "${method}"`, { exists: names.join(", ") });
  }
}

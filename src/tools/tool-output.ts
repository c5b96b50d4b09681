/** What a tool returned, read: a tool of a user may return anything. */

export interface ReadOutput {
  readonly text: string;
  readonly state: unknown;
}

/** A text leaves the state as it was. Throws an Error that says what came instead of a text. */
export function readOutput(output: unknown, before: unknown): ReadOutput {
  if (typeof output === "string") return { text: output, state: before };
  if (typeof output === "object" && output !== null && "text" in output && typeof output.text === "string") {
    return { text: output.text, state: "state" in output ? output.state : before };
  }
  throw new Error(`the tool returned ${output === null ? "null" : typeof output}, not a text`);
}

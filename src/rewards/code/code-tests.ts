/** The tests that a question's accepted answer holds: texts in and out, or python that raises where something is wrong. */
import { AepoError } from "../../std/errors.ts";

export type CodeTests =
  /** The program reads `input` and must print `output`: runs of their own, which nothing in the program can fool. */
  | { readonly kind: "text"; readonly cases: readonly TextCase[] }
  /** Runs behind the program, in the same interpreter: made for honest code. */
  | { readonly kind: "python"; readonly code: string };

export interface TextCase {
  readonly input: string;
  readonly output: string;
}

/** `[{"input": "1 2", "output": "3"}, …]` or `{"inputs": […], "outputs": […]}`; anything else is python. Throws AepoError("config"). */
export function codeTests(gold: string): CodeTests {
  const parsed = parsedJson(gold);
  if (parsed === undefined) {
    if (gold.trim() === "") throw new AepoError("config", "the accepted answer holds no tests", { expected: EXPECTED });
    return { kind: "python", code: gold };
  }
  const cases = Array.isArray(parsed) ? parsed.map((one) => caseOf(one)) : paired(parsed);
  if (cases.length === 0) throw new AepoError("config", "the accepted answer holds no tests", { expected: EXPECTED });
  return { kind: "text", cases };
}

const EXPECTED = 'python with assert, [{"input": "1 2", "output": "3"}], or {"inputs": […], "outputs": […]}';

/** Undefined for what is neither a JSON list nor an object: python may look like a JSON number or text. */
function parsedJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function caseOf(one: unknown): TextCase {
  const { input, output } = (typeof one === "object" && one !== null ? one : {}) as Record<string, unknown>;
  if (typeof input === "string" && typeof output === "string") return { input, output };
  throw new AepoError("config", "a test has no input and output", { expected: EXPECTED, exists: JSON.stringify(one) });
}

function paired(value: unknown): readonly TextCase[] {
  const { inputs, outputs } = value as { inputs?: unknown; outputs?: unknown };
  if (!Array.isArray(inputs) || !Array.isArray(outputs) || inputs.length !== outputs.length) {
    throw new AepoError("config", "tests need as many inputs as outputs", { expected: EXPECTED });
  }
  return inputs.map((input: unknown, i) => caseOf({ input, output: outputs[i] as unknown }));
}

/** The program in an answer: its last fenced block, or all of it. */
export function programOf(answer: string): string {
  const blocks = answer.split("```");
  // Odd pieces stand inside fences; of a fence that is not closed the rest counts.
  const inside = blocks.filter((_, i) => i % 2 === 1);
  const last = inside.at(-1);
  return last === undefined ? answer : last.replace(/^[A-Za-z0-9+-]{0,20}[ \t]*\r?\n/, "");
}

/** Output is compared line by line; spaces at the ends of lines, and empty lines at the end, mean nothing. */
export function sameOutput(given: string, wanted: string): boolean {
  const lines = (text: string): string =>
    text
      .split("\n")
      .map((line) => line.trimEnd())
      .join("\n")
      .trimEnd();
  return lines(given) === lines(wanted);
}

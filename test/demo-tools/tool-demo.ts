/**
 * The contract of `npm run demo:tools`: a file of this folder shows one tool. It exports `demo: ToolDemo`; the runner finds it by
 * being there. Every row is something that was really done, and a check that can fail of what came back.
 */
import { messageOf } from "../../src/std/errors.ts";
import type { AnyTool, ToolOutput } from "../../src/tools/tool.ts";

export interface DemoRow {
  /** What was tried, in a few words: "prints without end". */
  readonly tried: string;
  /** What came back, as the policy would read it; the table shows the beginning. */
  readonly back: string;
  readonly verdict: "passed" | "failed" | "skipped";
}

export interface ToolDemo {
  /** The tool's name. */
  readonly name: string;
  /** Opens what it needs, tries it, closes it. What it throws is one failed row. */
  rows(): Promise<readonly DemoRow[]>;
}

/** Does it, and compares the text that comes back (of what is thrown, its message) with what was expected. */
export async function tried(
  what: string,
  work: () => string | Promise<string>,
  expected: string | RegExp | ((back: string) => boolean),
): Promise<DemoRow> {
  const back = await attempt(work);
  return { tried: what, back, verdict: isExpected(back, expected) ? "passed" : "failed" };
}

/** One call of a tool as a rollout makes it, without a deadline; `state` is what the path had before. */
export async function called(tool: AnyTool | undefined, input: unknown, state?: unknown): Promise<ToolOutput<unknown>> {
  if (tool === undefined) throw new Error("there is no such tool");
  return tool.execute(tool.input.parse(input), { state, call: 0, signal: new AbortController().signal });
}

export function textOf(output: ToolOutput<unknown>): string {
  return typeof output === "string" ? output : output.text;
}

/** For what cannot be tried on this machine: `why` names the missing binary. */
export function skipped(what: string, why: string): DemoRow {
  return { tried: what, back: why, verdict: "skipped" };
}

async function attempt(work: () => string | Promise<string>): Promise<string> {
  try {
    return await work();
  } catch (thrown) {
    return messageOf(thrown);
  }
}

function isExpected(back: string, expected: string | RegExp | ((back: string) => boolean)): boolean {
  if (typeof expected === "string") return back === expected;
  return expected instanceof RegExp ? expected.test(back) : expected(back);
}

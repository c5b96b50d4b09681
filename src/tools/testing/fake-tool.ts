/** A tool for tests of what stands around it, and a way to call it. */
import { z } from "zod";
import type { AroundContext } from "../around/around.ts";
import { type AnyTool, type CallPlace, tool } from "../tool.ts";
import type { ReadOutput } from "../tool-output.ts";

type Does = (input: { q: string }, context: AroundContext) => unknown;

/** `look` takes {q} and does what it is told: by default it says `got q`. */
export function fakeTool(does: Does = ({ q }) => `got ${q}`, name = "look"): AnyTool {
  const input = z.object({ q: z.string() });
  return tool({ name, description: "looks", input, execute: (given, context) => does(given, context) as string });
}

export interface CallSettings {
  readonly signal?: AbortSignal;
  readonly state?: unknown;
  readonly call?: number;
  readonly place?: CallPlace;
}

export async function callIt(one: AnyTool, q: string, settings: CallSettings = {}): Promise<ReadOutput> {
  const { signal = new AbortController().signal, state, call = 0, place } = settings;
  const context = { state, call, signal, ...(place === undefined ? {} : { place }) };
  return (await one.execute({ q }, context)) as ReadOutput;
}

/** A place on a path that made `calls` calls of tools by name before. */
export function placeAfter(calls: readonly string[] = [], path = "p", beforeMs = 0): CallPlace {
  return { path, before: calls.map((called) => ({ tool: called, failed: false })), beforeMs };
}

/** A clock that is set by hand. */
export function handClock(): { nowMs(): number; timestamp(): string; ms: number } {
  return {
    ms: 0,
    nowMs() {
      return this.ms;
    },
    timestamp: () => "",
  };
}

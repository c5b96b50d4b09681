/**
 * What stands around a tool: a function from tool to tool. Each wrapper does one thing and knows nothing of the others; a stack
 * of them is a composition, the first outermost. What a wrapper finds out about a call it writes on the call's notes, for the
 * ledger: the notes travel inwards with the context.
 */
import type { AnyTool, ToolContext } from "../tool.ts";
import { type ReadOutput, readOutput } from "../tool-output.ts";

export type Around = (tool: AnyTool) => AnyTool;

/** What happened inside one call; filled in by whoever did it. */
export interface CallNotes {
  /** Tries of the tool itself: none for a cached or replayed call, more than one where it was tried again. */
  tries: number;
  /** Milliseconds in the tool itself, all tries. */
  triesMs: number;
  cost: number;
  cached: boolean;
  replayed: boolean;
  /** Tokens of the result that were cut away, estimated where the text is long. */
  tokensCut: number;
}

export type AroundContext = ToolContext<unknown> & { readonly notes?: CallNotes };

export type Execute = (input: unknown, context: AroundContext) => Promise<ReadOutput>;

export function newNotes(): CallNotes {
  return { tries: 0, triesMs: 0, cost: 0, cached: false, replayed: false, tokensCut: 0 };
}

/** `around(tool, [a, b])` is a(b(tool)): a call goes through `a` first. */
export function around(tool: AnyTool, wrappers: readonly Around[]): AnyTool {
  return wrappers.reduceRight((inner, wrap) => wrap(inner), tool);
}

/** A tool with the same name, description and input whose calls go through `wrap`; `inner` reads what the tool returned. */
export function wrapped(tool: AnyTool, wrap: (inner: Execute) => Execute): AnyTool {
  const execute = wrap(async (input, context) => readOutput(await tool.execute(input, context), context.state));
  return { ...tool, name: tool.name, description: tool.description, input: tool.input, execute };
}

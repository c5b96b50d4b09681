/**
 * The tool contract. A tool turns an input and a state into a text and the next state; state is a value that belongs to
 * the path (R8), never to the tool. What a tool throws is recorded as a failed call and shown to the policy; only a `StopRun`
 * ends the run.
 */
import type { z } from "zod";

/** Where a call stands in its run: the same whenever the run is made again, as the names of random streams are. */
export interface CallPlace {
  /** Names the path, and no other of the run: growth, step, question, path. */
  readonly path: string;
  /** Calls of the path before this one, those that a fork inherited included. */
  readonly before: readonly { readonly tool: string; readonly failed: boolean }[];
  /** Milliseconds that those took. */
  readonly beforeMs: number;
}

/** What a tool is told besides its input. */
export interface ToolContext<State> {
  /** State of this path before the call. */
  readonly state: State;
  /** Index of this call on its path, from 0. */
  readonly call: number;
  /** Fires when the call's time is up or the run stops. */
  readonly signal: AbortSignal;
  /** Missing where calls are made outside a run. */
  readonly place?: CallPlace;
}

export type ToolOutput<State> = string | { readonly text: string; readonly state: State };

export interface Tool<Input = unknown, State = unknown> {
  /** Lower-case letters, digits and `_`; also the tag of the call in the tag dialect. */
  readonly name: string;
  readonly description: string;
  /** Validates what the policy wrote; in the tag dialect the text between the tags. */
  readonly input: z.ZodType<Input>;
  execute(input: Input, context: ToolContext<State>): ToolOutput<State> | Promise<ToolOutput<State>>;
}

/** A tool whose input type is hidden, as tasks hold them. */
// oxlint-disable-next-line typescript/no-explicit-any -- inputs differ by tool; each tool validates its own.
export type AnyTool<State = any> = Tool<any, State>;

/** Declares a tool; the types of `execute` follow from the schema. */
export function tool<Input, State = unknown>(definition: Tool<Input, State>): Tool<Input, State> {
  return definition;
}

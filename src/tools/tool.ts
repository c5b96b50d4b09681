/**
 * The tool contract. A tool turns an input and a state into a text and the next state; state is a value that belongs to
 * the path (R8), never to the tool. What a tool throws is recorded as a failed call and shown to the policy.
 */
import type { z } from "zod";

/** What a tool is told besides its input. */
export interface ToolContext<State> {
  /** State of this path before the call. */
  readonly state: State;
  /** Index of this call on its path, from 0. */
  readonly call: number;
  /** Fires when the call's time is up or the run stops. */
  readonly signal: AbortSignal;
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

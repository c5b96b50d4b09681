/** Tools of the three kinds for tests of dialects: one text field, a text, an object; and how rejections say what a call is. */
import { z } from "zod";
import { tool } from "../../../tools/tool.ts";
import type { Dialect } from "../dialect.ts";

export const tools = [
  tool({ name: "search", description: "finds", input: z.object({ query: z.string() }), execute: () => "" }),
  tool({ name: "python", description: "runs", input: z.string(), execute: () => "" }),
  tool({
    name: "weather",
    description: "tells",
    input: z.object({ city: z.string(), days: z.int().optional(), metric: z.boolean().optional() }),
    execute: () => "",
  }),
];

export const search = (query: string) => ({ kind: "call", tool: "search", input: query });

/** Why a turn is rejected; the action if it is not. */
export function whyRejected(dialect: Dialect, turn: string): unknown {
  const action = dialect.parse(turn, tools);
  return action.kind === "rejected" ? action.why : action;
}

export const hermesForm = 'a call is written <tool_call>{"name": …, "arguments": {…}}</tool_call>';
export const llamaForm = 'a call is written {"name": …, "parameters": {…}}';

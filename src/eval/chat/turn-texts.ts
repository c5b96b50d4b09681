/**
 * A server's turn as texts of one notation, Hermes': a call that comes as data is read by the same reader as one that a local model
 * writes, and refused in the same words. Several calls in one reply are as many turns, the first with what was said.
 */
import { hermesDialect } from "../../envs/dialects/hermes.ts";
import type { Dialect } from "../../envs/task.ts";
import type { ApiCall, ChatTurn } from "./chat-model.ts";

export const chatDialect: Dialect = hermesDialect();

export interface TurnText {
  readonly text: string;
  /** The call that came as data; null: what is called, if anything, stands in the text. */
  readonly call: ApiCall | null;
}

export function turnTexts({ content, thought, calls }: Pick<ChatTurn, "content" | "thought" | "calls">): TurnText[] {
  const said = `${thought === "" ? "" : `<think>${thought}</think>\n`}${content}`;
  const [first, ...others] = calls;
  if (first === undefined) return [{ text: said, call: null }];
  const before = said.trim() === "" ? "" : `${said}\n`;
  return [{ text: before + written(first), call: first }, ...others.map((call) => ({ text: written(call), call }))];
}

/** Arguments that are no JSON stay as they are: the reader says what is wrong with them. */
function written({ function: { name, arguments: given } }: ApiCall): string {
  const input = given.trim() === "" ? "{}" : given;
  return `<tool_call>\n{"name": ${JSON.stringify(name)}, "arguments": ${input}}\n</tool_call>`;
}

/** The calls as they may be sent back: servers refuse arguments that are no JSON object. */
export function sentBack(calls: readonly ApiCall[]): ApiCall[] {
  return calls.map((call) => (isObject(call.function.arguments) ? call : withArguments(call, "{}")));
}

function withArguments(call: ApiCall, text: string): ApiCall {
  return { ...call, function: { ...call.function, arguments: text } };
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/**
 * A server's turn as texts that a dialect reads, so that calls are read, and refused, as those of a local model. Calls that come as
 * data are written in one notation, Hermes'; several in one reply are as many turns, the first with what was said. A model that
 * writes its calls in tags of its text is read by that dialect: chat APIs leave out the text that ended the turn, which is put back.
 */
import { hermesDialect } from "../../envs/dialects/hermes.ts";
import type { AnyTask, Dialect } from "../../envs/task.ts";
import type { ApiCall, ChatTurn } from "./chat-model.ts";

export const chatDialect: Dialect = hermesDialect();

export interface TurnText {
  readonly text: string;
  /** The call that came as data; null: what is called, if anything, stands in the text. */
  readonly call: ApiCall | null;
}

/** Whether calls stand in the model's text, and the server is told of no tools. */
export function callsInText(dialect: Dialect): boolean {
  return dialect.inputs === "text";
}

type Said = Pick<ChatTurn, "content" | "thought" | "calls" | "cut">;

export function taggedTurn({ dialect, tools }: Pick<AnyTask, "dialect" | "tools">, turn: Said): TurnText {
  const text = saidBy(turn);
  const acts = (written: string): boolean => dialect.parse(written, tools).kind !== "invalid";
  if (turn.cut || acts(text)) return { text, call: null };
  const ended = dialect.stops(tools).map((stop) => text + stop);
  return { text: ended.find(acts) ?? text, call: null };
}

function saidBy({ content, thought }: Pick<Said, "content" | "thought">): string {
  return `${thought === "" ? "" : `<think>${thought}</think>\n`}${content}`;
}

export function turnTexts(turn: Said): TurnText[] {
  const { calls } = turn;
  const said = saidBy(turn);
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

/**
 * The contract of a tool-call dialect: how calls, results and answers look in a policy's text. Only what the policy wrote in one
 * turn is ever read (AEPO-W4); reading is incremental, so that a conversation on a screen and a rollout understand the same.
 */
import type { Text } from "../../policy/text-parts.ts";
import type { AnyTool } from "../../tools/tool.ts";

/** A call, its arguments as the tool's text (`toolInput`). */
export interface CallAction {
  readonly kind: "call";
  readonly tool: string;
  readonly input: string;
}

/**
 * A call that cannot be made. The policy is told why in the place of a result, and goes on: it counts as a call that failed.
 * `tool` and `input` are what could be read of it, for the log.
 */
export interface RejectedAction {
  readonly kind: "rejected";
  readonly why: string;
  readonly tool: string;
  readonly input: string;
}

/** What the policy asked for in one turn. */
export type Action =
  | CallAction
  | RejectedAction
  | { readonly kind: "answer"; readonly text: string }
  /** None of them: the turn was cut by a limit, or its tags are broken. Ends the path. */
  | { readonly kind: "invalid"; readonly why: string };

/** Why a turn is invalid that does not even try to be a call or an answer. */
export const SILENT_TURN = "the turn has neither a call nor an answer";

/**
 * What a reader has understood; texts in any pieces, calls as soon as they are whole, the calls of one block together. `raw` is
 * what of the turn it was read from, tags included: one after another the raws are the turn.
 */
export type TurnEvent = (
  | /** Said outside of calls. */ { readonly kind: "text"; readonly text: string }
  | { readonly kind: "thought"; readonly text: string }
  /** What follows is a call: not to be shown as text. */
  | { readonly kind: "call-start" }
  | CallAction
  | RejectedAction
) & { readonly raw: string };

/** Reads one turn, once. Where the turn is cut into pieces makes no difference but to how its texts are. */
export interface TurnReader {
  push(text: string): readonly TurnEvent[];
  /** No more text comes: the last events, and what the turn as a whole asks for. */
  end(): { readonly events: readonly TurnEvent[]; readonly action: Action };
}

export interface Dialect {
  readonly name: string;
  /** How a call's input is written: named arguments as JSON, or one text. */
  readonly inputs: "json" | "text";
  /** Texts that end a turn. */
  stops(tools: readonly AnyTool[]): readonly string[];
  /** Special tokens that end a turn, where the tokenizer has them; it must have the first. */
  readonly endTokens?: readonly string[];
  reader(tools: readonly AnyTool[]): TurnReader;
  /** Reads a whole turn. */
  parse(turn: string, tools: readonly AnyTool[]): Action;
  /** What follows a call: the result, up to where the next turn begins. `ended`: the turn ended with an end token. */
  result(text: string, ended?: boolean): Text;
  /** A turn that makes a call or gives an answer, after what was said before it: for demonstrations. */
  call(tool: AnyTool, input: string, before?: string): Text;
  answer(text: string, before?: string): Text;
}

/** `parse` as its reader defines it. */
export function parseTurn(reader: TurnReader, turn: string): Action {
  reader.push(turn);
  return reader.end().action;
}

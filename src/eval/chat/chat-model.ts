/**
 * A model behind a chat API, as an agent loop needs it: a conversation and tools go in, one turn comes out. What the server says
 * is checked here; everything behind this contract can rely on it.
 */
import type { ChatMessage, ChatTool } from "../../chat/chat-message.ts";

export interface ChatModel {
  /** What the server calls it. */
  readonly name: string;
  /** Rejects with ChatFailure where a turn cannot be had, with AepoError where no turn ever will. */
  ask(request: ChatTurnRequest, signal: AbortSignal): Promise<ChatTurn>;
}

export interface ChatTurnRequest {
  readonly messages: readonly ApiMessage[];
  readonly tools: readonly ChatTool[];
  /** Texts that end a turn; servers leave them out of it. */
  readonly stop: readonly string[];
  readonly temperature: number;
  readonly topP: number | null;
  readonly maxTokens: number;
  readonly seed: number;
}

/** A message as it goes over the wire: arguments of calls are JSON in a text. */
export type ApiMessage =
  | (Pick<ChatMessage, "content"> & { readonly role: "system" | "user" })
  | { readonly role: "tool"; readonly tool_call_id: string; readonly content: string }
  | { readonly role: "assistant"; readonly content: string | null; readonly tool_calls?: readonly ApiCall[] };

export interface ApiCall {
  readonly id: string;
  readonly type: "function";
  readonly function: { readonly name: string; readonly arguments: string };
}

export interface ChatTurn {
  readonly content: string;
  /** What a server with a reasoning parser keeps apart; "" if nothing. */
  readonly thought: string;
  readonly calls: readonly ApiCall[];
  /** The turn was cut at its token limit. */
  readonly cut: boolean;
  /** Tokens of the request; null if the server does not tell. */
  readonly usage: { readonly input: number; readonly output: number } | null;
}

/** One request that failed for good, after its retries: data of one attempt, not the end of an evaluation. */
export class ChatFailure extends Error {
  /** The conversation is longer than the model can read. */
  readonly tooLong: boolean;

  constructor(message: string, tooLong = false) {
    super(message);
    this.name = "ChatFailure";
    this.tooLong = tooLong;
  }
}

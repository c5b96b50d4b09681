/** Messages and tools as chat templates know them: the fields of Hugging Face's and OpenAI's format. */
import type { JsonObject } from "../std/json.ts";

export interface ChatMessage {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly content: string;
  /** Calls of an assistant's message. */
  readonly tool_calls?: readonly ChatToolCall[];
  /** What an assistant's message thought before its content, where a template keeps the two apart. */
  readonly reasoning_content?: string;
  /** Of a tool's message: which tool, and the call it answers. */
  readonly name?: string;
  readonly tool_call_id?: string;
}

export interface ChatToolCall {
  readonly id?: string;
  readonly type: "function";
  readonly function: { readonly name: string; readonly arguments: JsonObject };
}

/** A tool that a template tells the model about; `parameters` is a JSON schema. */
export interface ChatTool {
  readonly type: "function";
  readonly function: { readonly name: string; readonly description: string; readonly parameters: JsonObject };
}

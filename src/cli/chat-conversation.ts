/** A conversation with a model that has a chat template: a value, and what the model is asked with it. */
import type { ChatMessage } from "../chat/chat-message.ts";
import type { ChatEncoder } from "../chat/chat-prompt.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";

export type ChatModel = Tokenizer & ChatEncoder & { readonly endOfTurn?: readonly number[] };

/** Whether the tokenizer came with a template to write conversations with. */
export function isChatModel(tokenizer: Tokenizer): tokenizer is ChatModel {
  if (!("encodeChat" in tokenizer)) return false;
  const { source } = tokenizer as { readonly source?: { readonly config: Readonly<Record<string, unknown>> } };
  return source === undefined || source.config["chat_template"] != null;
}

export function newConversation(system: string | undefined): readonly ChatMessage[] {
  return system === undefined ? [] : [{ role: "system", content: system }];
}

export function said(
  conversation: readonly ChatMessage[],
  role: "user" | "assistant",
  content: string,
): readonly ChatMessage[] {
  return [...conversation, { role, content }];
}

/** Names that model families give to the tokens that end a turn. */
const END_TOKENS = ["<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "</s>", "<|end|>"];

export function turnEnds({ endOfTurn = [], specialTokens }: Pick<ChatModel, "endOfTurn" | "specialTokens">): number[] {
  return [...new Set([...endOfTurn, ...END_TOKENS.flatMap((text) => specialTokens?.get(text) ?? [])])];
}

/** A reply without the token that ended it. */
export function withoutEnd(ids: readonly number[], ends: readonly number[]): readonly number[] {
  return ends.includes(ids.at(-1) ?? -1) ? ids.slice(0, -1) : ids;
}

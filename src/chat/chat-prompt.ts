/** A conversation that a model's own chat template writes down, tools included; the policy's turn follows it. */
import type { Tokenizer } from "../policy/tokenizer.ts";
import { AepoError } from "../std/errors.ts";
import type { ChatMessage, ChatTool } from "./chat-message.ts";

export interface ChatPrompt {
  readonly messages: readonly ChatMessage[];
  readonly tools?: readonly ChatTool[];
}

/** A tokenizer that knows its model's chat template. */
export interface ChatEncoder {
  encodeChat(
    messages: readonly ChatMessage[],
    options: { readonly tools?: readonly ChatTool[]; readonly addGenerationPrompt?: boolean },
  ): number[];
}

/** The tokens up to where the policy begins to write: of the conversation, if there is one, or of the plain text. */
export function encodePrompt(
  tokenizer: Tokenizer,
  { prompt, chat }: { readonly prompt: string; readonly chat?: ChatPrompt },
): number[] {
  if (chat === undefined) return tokenizer.encode(prompt);
  if (!hasTemplate(tokenizer)) {
    throw new AepoError(
      "policy",
      "the question is a conversation, and the tokenizer has no chat template to write it with",
      {
        expected: "a policy whose tokenizer has a chat template",
        fix: "use a chat model, or a task whose questions are texts",
      },
    );
  }
  const { messages, tools = [] } = chat;
  return tokenizer.encodeChat(messages, { ...(tools.length === 0 ? {} : { tools }), addGenerationPrompt: true });
}

function hasTemplate(tokenizer: Tokenizer): tokenizer is Tokenizer & ChatEncoder {
  return "encodeChat" in tokenizer && typeof tokenizer.encodeChat === "function";
}

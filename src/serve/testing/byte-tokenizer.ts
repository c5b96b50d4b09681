/** A tokenizer of bytes: one token each, two longer ones, and special ones. With a template it is a chat model's. */
import { byteAlphabet } from "../../chat/byte-alphabet.ts";
import type { ChatEncoder } from "../../chat/chat-prompt.ts";
import { type ChatTokenizer, chatTokenizer } from "../../chat/chat-tokenizer.ts";

export function byteTokenizer(
  specials: readonly string[] = ["<|im_start|>", "<|im_end|>"],
  template?: string,
): ChatTokenizer {
  const alphabet = [...byteAlphabet()].toSorted(([, a], [, b]) => a - b).map(([character]) => character);
  const words = [...alphabet, "th", "the"];
  return chatTokenizer({
    tokenizer: {
      version: "1.0",
      added_tokens: specials.map((text, i) => ({
        id: words.length + i,
        content: text,
        special: true,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
      })),
      normalizer: null,
      pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false },
      post_processor: null,
      decoder: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false },
      model: {
        type: "BPE",
        vocab: Object.fromEntries(words.map((word, id) => [word, id])),
        merges: ["t h", "th e"],
      },
    },
    config: template === undefined ? {} : { chat_template: template },
  });
}

export type EncoderOfChats = Omit<ChatTokenizer, "hasTemplate" | "encodeChat"> & ChatEncoder;

/** Conversations are written as ChatML without its newlines: short. */
export function chatBytes(): EncoderOfChats {
  const { hasTemplate: _, ...tokenizer } = byteTokenizer();
  return {
    ...tokenizer,
    endOfTurn: [...tokenizer.encodeMarkup("<|im_end|>")],
    encodeChat: (messages, { addGenerationPrompt = false }) => [
      ...messages.flatMap(({ role, content }) => [
        ...tokenizer.encodeMarkup(`<|im_start|>${role}`),
        ...tokenizer.encode(` ${content}`),
        ...tokenizer.encodeMarkup("<|im_end|>"),
      ]),
      ...(addGenerationPrompt ? tokenizer.encodeMarkup("<|im_start|>assistant") : []),
    ],
  };
}

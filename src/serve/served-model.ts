/** What a server serves: one policy with its tokenizer, and what their requests are bounded by. */
import type { ChatEncoder } from "../chat/chat-prompt.ts";
import type { Dialect } from "../envs/dialects/dialect.ts";
import type { FrozenPolicy, LiveSampler } from "../policy/policy.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";

export type ServedTokenizer = Tokenizer & Partial<ChatEncoder> & { readonly hasTemplate?: boolean };

export interface ServedPolicy extends Pick<FrozenPolicy, "info" | "score"> {
  openSampler(): LiveSampler;
}

export interface ServedModel {
  /** What clients call it. */
  readonly id: string;
  /** Of adapters: the model they stand beside, and where they came from. */
  readonly adapter?: { readonly parent: string; readonly root: string };
  readonly policy: ServedPolicy;
  readonly tokenizer: ServedTokenizer;
  /** How it writes calls of tools; null: not known, calls stay text. */
  readonly dialect: Dialect | null;
  /** Longest sequence, prompt included: of the model, or what the cache holds. */
  readonly contextTokens: number;
  /** New tokens of a chat request that names no number. */
  readonly defaultTokens: number;
  /** Requests without a seed draw theirs from this. */
  readonly seed: number;
  /** Seconds since 1970. */
  readonly created: number;
}

/** Tokenizers of pretrained models come with a chat template or without. */
export function canChat(tokenizer: ServedTokenizer): tokenizer is ServedTokenizer & ChatEncoder {
  return tokenizer.encodeChat !== undefined && tokenizer.hasTemplate !== false;
}

/** Special tokens that end a text or a turn, by the names that model families give them. */
const END_TOKENS = ["<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "</s>", "<|end|>"];

/** Tokens after which a model has no more to say. */
export function endTokens({ tokenizer }: Pick<ServedModel, "tokenizer">): readonly number[] {
  const named = END_TOKENS.flatMap((text) => tokenizer.specialTokens?.get(text) ?? []);
  return [...new Set([...(tokenizer.endOfTurn ?? []), ...named])];
}

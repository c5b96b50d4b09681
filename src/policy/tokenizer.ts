/** The tokenizer contract. Text never crosses it twice along a trajectory: tokens sampled are tokens trained. */
import type { SampleRequest } from "./policy.ts";

/** How an engine is told to stop at some texts. */
export type StopConditions = Required<Pick<SampleRequest, "stop" | "stopTexts">>;

export interface Tokenizer {
  readonly vocabularySize: number;
  /** Throws on text it cannot represent. */
  encode(text: string): number[];
  decode(ids: readonly number[]): string;
  /** Text of one token, for displays. */
  token(id: number): string;
  /** The bytes (UTF-8) that a token stands for; they may end in the middle of a character. */
  bytes(id: number): Uint8Array;
  /** Token sequences where a text is always the same tokens, texts where it can be many. */
  stopConditions(texts: readonly string[]): StopConditions;
  /** Texts of the special tokens, with their ids; a tokenizer without it has none. */
  readonly specialTokens?: ReadonlyMap<string, number>;
  /** The same of tokens that are not special, and yet only templates and dialects write: `<tool_call>`. */
  readonly tagTokens?: ReadonlyMap<string, number>;
  /** With any of these a chat model ends its turn, whatever the dialect. */
  readonly endOfTurn?: readonly number[];
  /** Blobs from which the same tokenizer can be read again, by file name (`tokenizer.json`). */
  files(): Readonly<Record<string, string>>;
}

/**
 * Text of tokens as they are sampled: a token may end in the middle of a character, which is held back until it is whole. The
 * pieces joined are what `decode` gives for all of the tokens.
 */
import type { Tokenizer } from "../policy/tokenizer.ts";

export interface TextStream {
  /** What is complete with this token; may be empty. */
  push(id: number): string;
  /** What was held back: a character cut in half is U+FFFD. */
  end(): string;
}

export function textStream(tokenizer: Pick<Tokenizer, "bytes">): TextStream {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return {
    push: (id) => decoder.decode(tokenizer.bytes(id), { stream: true }),
    end: () => decoder.decode(),
  };
}

import { describe, expect, it } from "vitest";
import { thrownMessage } from "../../../test/support/thrown.ts";
import type { Tokenizer } from "../../policy/tokenizer.ts";
import { wordTokenizer } from "../../policy/word-tokenizer.ts";
import { endTokens } from "./end-tokens.ts";
import { hermesDialect } from "./hermes.ts";
import { llama3Dialect } from "./llama3.ts";
import { lineTagDialect } from "./tags.ts";

const having = (...texts: string[]): Tokenizer => ({
  ...wordTokenizer(["a"]),
  specialTokens: new Map(texts.map((text, i) => [text, 100 + i])),
});

describe("tokens that end a turn", () => {
  it("are those that the tokenizer has, in the dialect's order", () => {
    expect(endTokens(hermesDialect(), having("<|endoftext|>", "<|im_start|>", "<|im_end|>"))).toEqual([102, 100]);
    // Qwen's base models without <|endoftext|> would do: the first is what must be there.
    expect(endTokens(hermesDialect(), having("<|im_start|>", "<|im_end|>"))).toEqual([101]);
    expect(endTokens(lineTagDialect, wordTokenizer(["a"]))).toEqual([]);
  });

  it("must be there, and so must those that are inserted", () => {
    const message = (...texts: string[]): string => thrownMessage(() => endTokens(hermesDialect(), having(...texts)));
    expect(message("<|begin_of_text|>", "<|eot_id|>")).toBe(
      'the dialect "hermes" needs special tokens that the tokenizer does not have\n' +
        "  expected: <|im_end|>, <|im_start|>\n" +
        "  found: <|begin_of_text|>, <|eot_id|>\n" +
        "  to fix: use the dialect that the model was trained on, or the paper's tags",
    );
    expect(message("<|im_end|>")).toContain("\n  expected: <|im_start|>\n  found: <|im_end|>\n");
    expect(thrownMessage(() => endTokens(llama3Dialect(), wordTokenizer(["a"])))).toBe(
      'the dialect "llama3" needs special tokens that the tokenizer does not have\n' +
        "  expected: <|eot_id|>, <|start_header_id|>, <|end_header_id|>\n" +
        "  found: no special tokens\n" +
        "  to fix: use the dialect that the model was trained on, or the paper's tags",
    );
  });
});

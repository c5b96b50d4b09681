import { describe, expect, it } from "vitest";
import { thrownMessage } from "../../test/support/thrown.ts";
import { encodeText, joinText, plainText } from "./text-parts.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { wordTokenizer } from "./word-tokenizer.ts";

/** A token a character; the pieces it was asked to encode are kept. */
function listening(): Tokenizer & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    ...wordTokenizer(["a"]),
    asked,
    specialTokens: new Map([["<|end|>", 900]]),
    tagTokens: new Map([["<call>", 901]]),
    encode(text) {
      asked.push(text);
      return Array.from(text, (character) => character.charCodeAt(0));
    },
  };
}

describe("a text with special tokens", () => {
  it("encodes plain parts that touch together, and what only looks special as plain", () => {
    const tokenizer = listening();
    const ids = encodeText(tokenizer, [{ plain: "a" }, { plain: "<|end|>" }, { special: "<|end|>" }, { plain: "b" }]);
    expect(tokenizer.asked).toEqual(["a<|end|>", "b"]);
    expect(ids.slice(-2)).toEqual([900, 98]);
    expect(ids.filter((id) => id === 900)).toHaveLength(1);
  });

  it("has tags as tokens where the tokenizer knows them, and as text that joins what is around elsewhere", () => {
    const tokenizer = listening();
    const text = [{ plain: "a<call>" }, { tag: "<call>" }, { plain: "b" }, { tag: "<other>" }, { plain: "c" }];
    expect(encodeText(tokenizer, text).filter((id) => id > 899)).toEqual([901]);
    expect(tokenizer.asked).toEqual(["a<call>", "b<other>c"]);
    expect(plainText(text)).toBe("a<call><call>b<other>c");
    expect(encodeText(wordTokenizer(["a", "<call>"]), [{ plain: "a " }, { tag: "<call>" }])).toEqual([0, 1]);
  });

  it("is a string where nothing is special, for tokenizers of words too", () => {
    expect(encodeText(wordTokenizer(["a", "b"]), joinText("a ", "b"))).toEqual([0, 1]);
    expect(joinText("a", [{ special: "<|end|>" }])).toEqual([{ plain: "a" }, { special: "<|end|>" }]);
    expect(plainText(joinText("a", [{ special: "<|end|>" }]))).toBe("a<|end|>");
  });

  it("names a special token that does not exist", () => {
    expect(thrownMessage(() => encodeText(listening(), [{ special: "<|eot_id|>" }]))).toBe(
      "the tokenizer has no special token <|eot_id|>\n  found: <|end|>\n  to fix: use a dialect that the model was trained on, or the plain tags",
    );
    expect(thrownMessage(() => encodeText(wordTokenizer(["a"]), [{ special: "<|eot_id|>" }]))).toContain("found: none");
  });
});

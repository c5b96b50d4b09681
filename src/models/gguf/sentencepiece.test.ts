import { readFileSync } from "node:fs";
import { Tokenizer } from "@huggingface/tokenizers";
import { describe, expect, it } from "vitest";
import type { Json } from "../../std/json.ts";
import type { GgufValue } from "./header.ts";
import { Metadata } from "./metadata.ts";
import { tokenizerEntries } from "./metadata-from-tokenizer.ts";
import { tokenizerFromMetadata } from "./tokenizer-from-metadata.ts";

interface Golden {
  readonly tokens: readonly string[];
  readonly scores: readonly number[];
  readonly types: readonly number[];
  readonly unknown: number;
  readonly begin: number;
  readonly end: number;
  readonly texts: readonly { readonly text: string; readonly ids: readonly number[]; readonly decoded: string }[];
}
// golden/gguf-values.py: a vocabulary trained by sentencepiece, and its own ids.
const golden = (
  JSON.parse(readFileSync("golden/gguf-values.json", "utf8")) as { readonly sentencepiece_vocabulary: Golden }
).sentencepiece_vocabulary;

function metadata(more: Readonly<Record<string, GgufValue>> = {}): Metadata {
  const values: Readonly<Record<string, GgufValue>> = {
    "tokenizer.ggml.model": "llama",
    "tokenizer.ggml.tokens": golden.tokens,
    "tokenizer.ggml.scores": golden.scores,
    "tokenizer.ggml.token_type": golden.types,
    "tokenizer.ggml.unknown_token_id": golden.unknown,
    "tokenizer.ggml.bos_token_id": golden.begin,
    "tokenizer.ggml.eos_token_id": golden.end,
    ...more,
  };
  return new Metadata(new Map(Object.entries(values)), "model.gguf");
}

function open(more: Readonly<Record<string, GgufValue>> = {}): Tokenizer {
  const files = tokenizerFromMetadata(metadata(more));
  return new Tokenizer(files?.tokenizer ?? {}, files?.config ?? {});
}

describe("SentencePiece in a GGUF file", () => {
  it("gives sentencepiece's own ids and texts", () => {
    const tokenizer = open();
    expect(golden.texts).toHaveLength(9);
    for (const { text, ids, decoded } of golden.texts) {
      expect(tokenizer.encode(text, { add_special_tokens: false }).ids, text).toEqual(ids);
      if (ids.length > 0) expect(tokenizer.decode([...ids])).toBe(decoded);
    }
  });

  it("begins with a token and a space, unless the file says otherwise", () => {
    expect(open().encode("the").tokens).toEqual(["<s>", "▁the"]);
    const plain = open({ "tokenizer.ggml.add_bos_token": false, "tokenizer.ggml.add_space_prefix": false });
    expect(plain.encode("the").tokens.join("")).toBe("the");
    const both = open({ "tokenizer.ggml.add_eos_token": true });
    expect(both.encode("the").tokens).toEqual(["<s>", "▁the", "</s>"]);
  });

  it("finds tokens of the user's, and control tokens, in the text", () => {
    const { tokens } = open({ "tokenizer.ggml.add_bos_token": false }).encode("the<tool>the</s>");
    expect(tokens).toEqual(["▁the", "<tool>", "▁the", "</s>"]);
  });

  it("is written with scores that join in the same order", () => {
    const files = tokenizerFromMetadata(metadata()) ?? { tokenizer: {}, config: {} };
    const written = new Map(tokenizerEntries(files, golden.tokens.length));
    const value = (name: string): unknown => written.get(`tokenizer.ggml.${name}`)?.value;
    expect(value("model")).toBe("llama");
    expect(value("token_type")).toEqual(golden.types);
    expect(value("add_space_prefix")).toBe(true);
    expect(value("add_bos_token")).toBe(true);
    const again = open({ "tokenizer.ggml.scores": value("scores") as readonly number[] });
    for (const { text, ids } of golden.texts) {
      expect(again.encode(text, { add_special_tokens: false }).ids, text).toEqual(ids);
    }
  });

  it("is not written where merges are left out", () => {
    const files = tokenizerFromMetadata(metadata()) ?? { tokenizer: {}, config: {} };
    const model = files.tokenizer["model"] as { readonly merges: readonly Json[] };
    const fewer = { ...files, tokenizer: { ...files.tokenizer, model: { ...model, merges: model.merges.slice(1) } } };
    expect(() => tokenizerEntries(fewer, golden.tokens.length)).toThrow(
      "no scores make SentencePiece join as the merges of tokenizer.json do",
    );
  });

  it.each<[string, Readonly<Record<string, GgufValue>>, string]>([
    ["scores", { "tokenizer.ggml.scores": [1, 2] }, "2 scores\n  expected: 700, one a token"],
    ["types", { "tokenizer.ggml.token_type": [1] }, "1 token types\n  expected: 700, one a token"],
    ["ids", { "tokenizer.ggml.bos_token_id": 700 }, '"tokenizer.ggml.bos_token_id" is 700\n  expected: below 700'],
    [
      "a token twice",
      { "tokenizer.ggml.tokens": golden.tokens.map((token, i) => (i === 9 ? "▁the" : token)) },
      `tokens 9 and ${golden.tokens.indexOf("▁the")} are both "▁the"`,
    ],
    [
      "the kind",
      { "tokenizer.ggml.model": "t5" },
      'the tokenizer "t5" is not read\n  expected: gpt2 (byte-level BPE) or llama (SentencePiece)',
    ],
    ["no list", { "tokenizer.ggml.tokens": "x" }, '"tokenizer.ggml.tokens" is not texts\n  found: x'],
    [
      "a count that is none",
      { "tokenizer.ggml.eos_token_id": -1 },
      '"tokenizer.ggml.eos_token_id" is not a count\n  found: -1',
    ],
  ])("refuses %s that do not fit", (_, more, message) => {
    expect(() => tokenizerFromMetadata(metadata(more))).toThrow(`model.gguf: ${message}`);
  });
});

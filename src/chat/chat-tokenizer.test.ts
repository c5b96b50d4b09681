import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { thrownMessage } from "../../test/support/thrown.ts";
import { openGguf } from "../models/gguf/open-gguf.ts";
import { type ChatTokenizer, chatTokenizer } from "./chat-tokenizer.ts";
import type { JsonObject } from "../std/json.ts";
import type { TokenizerFiles } from "./tokenizer-files.ts";

/** Bytes as tokens 0 … 255, merges "h"+"i" and "Ġ"+"hi", and two added tokens. */
function tiny(): TokenizerFiles {
  const printable = (byte: number): boolean => (byte >= 33 && byte <= 126) || (byte >= 161 && byte !== 173);
  const others = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => !printable(byte));
  const spelled = Array.from({ length: 256 }, (_, byte) =>
    String.fromCharCode(printable(byte) ? byte : 256 + others.indexOf(byte)),
  );
  const vocab = Object.fromEntries([...spelled, "hi", "Ġhi"].map((token, id) => [token, id]));
  const added = (id: number, content: string, special: boolean) => {
    return { id, content, special, single_word: false, lstrip: false, rstrip: false, normalized: false };
  };
  const merges = [
    ["h", "i"],
    ["Ġ", "hi"],
  ];
  return {
    tokenizer: {
      added_tokens: [added(258, "<|end|>", true), added(259, "<think>", false)],
      normalizer: null,
      pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
      post_processor: null,
      decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
      model: { type: "BPE", vocab, merges, unk_token: null, ignore_merges: false },
    },
    config: { clean_up_tokenization_spaces: true },
  };
}

describe("a pretrained model's tokenizer", () => {
  const tokenizer = chatTokenizer(tiny());

  it("merges, and gives back every byte", () => {
    expect(tokenizer.encode("hi hi")).toEqual([256, 257]);
    for (const text of ["", "naïve 東京 🚀", "\ufeffa , b . \u0000\r\n\t", "don 't"]) {
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    }
  });

  it("reads special tokens and tags in text as plain text, unless it is markup", () => {
    const characters = (text: string): number[] => Array.from(text, (c) => c.charCodeAt(0));
    expect(tokenizer.encode("<|end|>")).toEqual(characters("<|end|>"));
    expect(tokenizer.encode("<think>hi")).toEqual([...characters("<t"), 256, ...characters("nk>"), 256]);
    expect(tokenizer.encodeMarkup("<think>hi<|end|>")).toEqual([259, 256, 258]);
    expect([...tokenizer.specialTokens]).toEqual([["<|end|>", 258]]);
    expect([...tokenizer.tagTokens]).toEqual([["<think>", 259]]);
  });

  it("takes other added tokens for words like any: white space, words, listed pieces of SentencePiece", () => {
    const { tokenizer: json, config } = tiny();
    const model = json["model"] as JsonObject;
    const vocab = { ...(model["vocab"] as JsonObject), "<b>": 260, "<i>": 261, "</i>": 262 };
    const added = ["   ", "aepo", "<b>", "<i>", "</i>"].map((content, i) => ({ id: 258 + i, content, special: false }));
    const words = chatTokenizer({
      tokenizer: {
        ...json,
        added_tokens: added,
        model: { ...model, vocab },
        pre_tokenizer: null,
        decoder: { type: "Metaspace" },
      },
      config: { ...config, chat_template: "<i>{{ messages[0].content }}" },
    });
    expect(words.encode("   aepo<b>")).toEqual([258, 259, 260]);
    // Without a template, in a byte-level file: GGUF's lists everything.
    const gguf = chatTokenizer({ tokenizer: { ...json, added_tokens: added, model: { ...model, vocab } }, config });
    expect([...gguf.tagTokens.keys()]).toEqual(["<b>", "<i>", "</i>"]);
    // The template writes <i>, so that it and what closes it are markup.
    expect([...words.tagTokens]).toEqual([
      ["<i>", 261],
      ["</i>", 262],
    ]);
    expect(words.encodeChat([{ role: "user", content: "<i>hi</i>" }])).toEqual([
      261,
      ...Array.from("<i>", (c) => c.charCodeAt(0)),
      256,
      ...Array.from("</i>", (c) => c.charCodeAt(0)),
    ]);
  });

  it("knows the bytes of a token that is a part of a character", () => {
    const [first = -1, ...rest] = tokenizer.encode("é");
    expect([...tokenizer.bytes(first)]).toEqual([0xc3]);
    expect(tokenizer.token(first)).toBe("\ufffd");
    expect(tokenizer.decode([first, ...rest])).toBe("é");
    expect([...tokenizer.bytes(258)]).toEqual([...new TextEncoder().encode("<|end|>")]);
  });

  it("stops at texts, and writes the files it was made of", () => {
    expect(tokenizer.stopConditions(["</a>"])).toEqual({ stop: [], stopTexts: ["</a>"] });
    const files = tokenizer.files();
    expect(JSON.parse(files["tokenizer.json"] ?? "")).toEqual(tiny().tokenizer);
    expect(JSON.parse(files["tokenizer_config.json"] ?? "")).toEqual(tiny().config);
  });

  it.each([
    [
      "another model",
      { model: { type: "WordPiece", vocab: {} } },
      'tokenizer.json: model.type is not implemented or damaged\n  expected: BPE or Unigram\n  found: "WordPiece"',
    ],
    [
      "an id that would fill the memory",
      { added_tokens: [{ id: 4e9, content: "x" }] },
      "tokenizer.json: added_tokens[0].id is not implemented or damaged\n  expected: a token id\n  found: 4000000000",
    ],
    [
      "no vocabulary",
      { model: { type: "BPE" } },
      "tokenizer.json: model.vocab is not implemented or damaged\n  expected: an object of token ids, or a list",
    ],
    [
      "a merge of a token that is none",
      { model: { ...(tiny().tokenizer["model"] as JsonObject), merges: [["h", "i"], "h zz"] } },
      'tokenizer.json: model.merges[1] is not implemented or damaged\n  expected: two tokens of the vocabulary that make a third\n  found: "h zz"',
    ],
    [
      "no merges",
      { model: { type: "BPE", vocab: { a: 0 } } },
      "tokenizer.json: model.merges is not implemented or damaged\n  expected: a list of pairs",
    ],
    [
      "suffixes of words",
      { model: { ...(tiny().tokenizer["model"] as JsonObject), end_of_word_suffix: "</w>" } },
      'tokenizer.json: model.end_of_word_suffix is not implemented or damaged\n  expected: none\n  found: "</w>"',
    ],
    [
      "an unknown normalizer",
      { normalizer: { type: "Precompiled" } },
      'tokenizer.json: normalizer is not implemented or damaged\n  expected: Sequence, NFC, NFD, NFKC, NFKD, Prepend, Replace, Lowercase, Strip\n  found: "Precompiled"',
    ],
    [
      "an unknown pre-tokenizer",
      { pre_tokenizer: { type: "Sequence", pretokenizers: [{ type: "BertPreTokenizer" }] } },
      'tokenizer.json: pre_tokenizer is not implemented or damaged\n  expected: Sequence, Split, ByteLevel, Digits or Metaspace\n  found: "BertPreTokenizer"',
    ],
    [
      "an unknown decoder",
      { decoder: { type: "CTC" } },
      'tokenizer.json: decoder is not implemented or damaged\n  expected: ByteLevel, ByteFallback or Metaspace\n  found: "CTC"',
    ],
  ])("refuses %s", async (_, change, message) => {
    const files = tiny();
    expect(thrownMessage(() => chatTokenizer({ ...files, tokenizer: { ...files.tokenizer, ...change } }))).toBe(
      message,
    );
  });

  it("writes nothing for ids beyond its last: models have room for more", () => {
    expect([...tokenizer.bytes(260)]).toEqual([]);
    expect(tokenizer.decode([256, 300, 256])).toBe("hihi");
  });
});

interface Golden {
  readonly scored: readonly { text: string; ids: number[]; idsPlain?: number[]; decoded: string }[];
  readonly chats: readonly { prompt: string; ids: number[] }[];
}

const FOLDER = "../shared/data/models/smollm2-135m-instruct";
const isThere = existsSync(FOLDER);
if (!isThere) console.warn(`skipped: no real tokenizer at ${FOLDER}`);

describe.skipIf(!isThere)("SmolLM2's tokenizer", () => {
  const open = async (): Promise<ChatTokenizer> => {
    const model = await openGguf(`${FOLDER}/SmolLM2-135M-Instruct.Q4_1.gguf`);
    await model.tensors.close();
    if (model.tokenizer === null) throw new Error("no tokenizer");
    return chatTokenizer(model.tokenizer);
  };

  it("gives transformers' ids and texts", async () => {
    const golden = JSON.parse(readFileSync(`${FOLDER}/golden.json`, "utf8")) as Golden;
    const tokenizer = await open();
    for (const { text, ids, idsPlain, decoded } of golden.scored) {
      expect(tokenizer.encodeMarkup(text)).toEqual(ids);
      expect(tokenizer.encode(text)).toEqual(idsPlain ?? ids);
      expect(tokenizer.decode(ids)).toBe(decoded);
    }
    for (const { prompt, ids } of golden.chats) expect(tokenizer.encodeMarkup(prompt)).toEqual(ids);
  });
});

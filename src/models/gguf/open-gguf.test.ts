import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { modelConfigFromFields } from "../../policy/config-json.ts";
import { parameterShapes } from "../../policy/parameters.ts";
import type { ModelFiles } from "../model-files.ts";
import { openGguf } from "./open-gguf.ts";
import { entry, file, text } from "./testing/raw-gguf.ts";
import { hasRealModel, REAL_MODEL, realGolden, SKIPPED } from "./testing/real-model.ts";

describe.skipIf(!hasRealModel)(`a real GGUF file${SKIPPED}`, () => {
  let model: ModelFiles;
  beforeAll(async () => {
    model = await openGguf(REAL_MODEL);
  });
  afterAll(() => model.tensors.close());

  it("has the config of SmolLM2-135M-Instruct", () => {
    expect(model.source).toBe(REAL_MODEL);
    expect(model.config).toEqual({
      architectures: ["LlamaForCausalLM"],
      model_type: "llama",
      vocab_size: 49152,
      hidden_size: 576,
      num_hidden_layers: 30,
      num_attention_heads: 9,
      num_key_value_heads: 3,
      head_dim: 64,
      intermediate_size: 1536,
      max_position_embeddings: 8192,
      rope_theta: 100000,
      rope_scaling: null,
      rms_norm_eps: 1e-5,
      attention_bias: false,
      tie_word_embeddings: true,
      hidden_act: "silu",
      bos_token_id: 1,
      eos_token_id: 2,
      pad_token_id: 2,
    });
  });

  it("has the tensors our transformer needs, and no others", () => {
    const shapes = parameterShapes(modelConfigFromFields(model.config));
    expect(shapes).toHaveLength(272);
    expect(model.tensors.shapes).toEqual(new Map(shapes.map(({ name, shape }) => [name, shape])));
  });

  // Of transformers' AutoModelForCausalLM.from_pretrained(…, gguf_file=…): first three, second row's first two, sum of squares.
  it.each([
    [
      "model.embed_tokens.weight",
      [-0.10654449462890625, 0.032978057861328125, 0.048198699951171875],
      520415.71544764005,
    ],
    [
      "model.layers.0.self_attn.q_proj.weight",
      [-0.0963134765625, 0.1573486328125, -0.0963134765625],
      26749.573275085306,
    ],
    [
      "model.layers.29.self_attn.k_proj.weight",
      [0.062408447265625, 0.00433349609375, 0.0333709716796875],
      1902.811550046259,
    ],
    ["model.layers.3.self_attn.v_proj.weight", [0.071533203125, -0.07666015625, 0.071533203125], 2365.5930566040333],
    ["model.layers.0.input_layernorm.weight", [0.01397705078125, 0.0238037109375, -0.019775390625], 0.9180835409024439],
    [
      "model.layers.7.mlp.down_proj.weight",
      [-0.127593994140625, -0.127593994140625, -0.127593994140625],
      31404.29622159945,
    ],
  ])("%s is what transformers reads", async (name, first, squares) => {
    const data = await model.tensors.read(name);
    expect([...data.subarray(0, 3)]).toEqual(first);
    expect(data.reduce((sum, x) => sum + x * x, 0) / squares).toBeCloseTo(1, 9);
  });

  it("has query and key rows in Hugging Face's order", async () => {
    const queries = await model.tensors.read("model.layers.0.self_attn.q_proj.weight");
    expect([...queries.subarray(576, 578)]).toEqual([-0.1591796875, 0.39794921875]);
    const keys = await model.tensors.read("model.layers.29.self_attn.k_proj.weight");
    expect([...keys.subarray(576, 578)]).toEqual([0.05859375, -0.02734375]);
  });

  it("has a tokenizer that gives the reference ids, special tokens in the text recognised", () => {
    const tokenizer = new Tokenizer(model.tokenizer?.tokenizer ?? {}, model.tokenizer?.config ?? {});
    const { scored, chats } = realGolden();
    expect(scored).toHaveLength(8);
    for (const { text, ids, decoded } of scored) {
      expect(tokenizer.encode(text).ids, text).toEqual(ids);
      if (ids.length > 0) expect(tokenizer.decode([...ids])).toBe(decoded);
    }
    for (const { prompt, ids } of chats) expect(tokenizer.encode(prompt).ids).toEqual(ids);
  });

  it("without added tokens, special tokens in the text are plain text", () => {
    const files = model.tokenizer;
    const tokenizer = new Tokenizer({ ...files?.tokenizer, added_tokens: [] }, files?.config ?? {});
    const rows = realGolden().scored.filter(({ idsPlain }) => idsPlain !== undefined);
    expect(rows.length).toBeGreaterThan(0);
    for (const { text, idsPlain } of rows) expect(tokenizer.encode(text).ids, text).toEqual(idsPlain);
  });

  it("has the chat template and special tokens", () => {
    const { chat_template: template, added_tokens_decoder: added, ...config } = model.tokenizer?.config ?? {};
    expect(template).toMatch(/^\{% for message in messages %\}.*<\|im_start\|>assistant/s);
    expect(Object.keys(added ?? {})).toHaveLength(17);
    expect(config).toEqual({
      tokenizer_class: "PreTrainedTokenizerFast",
      bos_token: "<|im_start|>",
      eos_token: "<|im_end|>",
      unk_token: "<|endoftext|>",
      pad_token: "<|im_end|>",
      add_bos_token: false,
      add_eos_token: false,
      clean_up_tokenization_spaces: false,
    });
  });

  it("refuses a name it does not have", async () => {
    await expect(model.tensors.read("lm_head.weight")).rejects.toThrow(`no tensor lm_head.weight in ${REAL_MODEL}`);
  });
});

describe("openGguf", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "aepo-gguf-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("says which file is missing, is a folder, or is none", async () => {
    const missing = join(folder, "missing.gguf");
    await expect(openGguf(missing)).rejects.toThrow(
      `${missing} cannot be opened: ENOENT: no such file or directory, open '${missing}'`,
    );
    await expect(openGguf(folder)).rejects.toThrow(`${folder} is not a file\n  expected: a GGUF file`);
    const other = join(folder, "other.gguf");
    await writeFile(other, file({ entries: [entry("general.architecture", 8, text("mamba"))] }));
    await expect(openGguf(other)).rejects.toThrow(
      `${other}: the architecture "mamba" is not implemented\n  expected: llama, qwen2, qwen3 (Mistral's files say llama)`,
    );
  });
});

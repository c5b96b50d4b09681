import { describe, expect, it } from "vitest";
import { modelConfigFromFields } from "../../policy/config-json.ts";
import { configFromMetadata } from "./config-from-metadata.ts";
import type { GgufValue } from "./header.ts";
import { Metadata } from "./metadata.ts";
import { ropeFactors } from "./rope-factors.ts";

type Values = Readonly<Record<string, GgufValue>>;

const LLAMA: Values = {
  "general.architecture": "llama",
  "llama.block_count": 2,
  "llama.context_length": 131072,
  "llama.embedding_length": 512,
  "llama.feed_forward_length": 1024,
  "llama.attention.head_count": 4,
  "llama.attention.head_count_kv": 2,
  "llama.attention.layer_norm_rms_epsilon": Math.fround(1e-5),
  "llama.rope.freq_base": 500000,
};
const SHAPES = new Map([["model.embed_tokens.weight", [1000, 512]]]);

function config(more: Values = {}, factors: Float32Array | null = null): ReturnType<typeof configFromMetadata> {
  return configFromMetadata(
    new Metadata(new Map(Object.entries({ ...LLAMA, ...more })), "model.gguf"),
    SHAPES,
    factors,
  );
}

function without(key: string): Metadata {
  return new Metadata(new Map(Object.entries(LLAMA).filter(([name]) => name !== key)), "model.gguf");
}

describe("the config of a GGUF file", () => {
  it("is one that is accepted", () => {
    expect(modelConfigFromFields(config())).toMatchObject({
      model_type: "llama",
      vocab_size: 1000,
      head_dim: 128,
      rms_norm_eps: 1e-5,
      rope_scaling: null,
      tie_word_embeddings: true,
    });
  });

  it("takes the width of heads, windows, linear scaling and end tokens from the file", () => {
    const more = {
      "llama.attention.key_length": 64,
      "llama.attention.sliding_window": 4096,
      "llama.rope.scaling.type": "linear",
      "llama.rope.scaling.factor": 4,
      "tokenizer.ggml.eos_token_id": 7,
      "tokenizer.ggml.eot_token_id": 9,
      "llama.attention.head_count_kv": [2, 2],
    };
    const fields = config(more);
    expect(fields).toMatchObject({ eos_token_id: [7, 9], num_key_value_heads: 2 });
    expect(modelConfigFromFields(fields)).toMatchObject({
      model_type: "mistral",
      sliding_window: 4096,
      head_dim: 64,
      rope_scaling: { rope_type: "linear", factor: 4 },
    });
  });

  // By the formula of llama.cpp's convert_hf_to_gguf.py, in Python: width of a head, factor, first and some factors.
  it.each([
    [512, 8, 28, [1, 1.207483871283662, 1.5534146285049255, 2.0263132059050557, 2.6945296878947333, 3.684252527745718]],
    [256, 32, 14, [1, 1.6513292457638984, 3.2922621029408843, 9.666728978753293, 32, 32]],
  ] as const)("recognises Llama 3's scaling in heads of a quarter of %i by %i", (width, factor, from, expected) => {
    const scaling = {
      rope_type: "llama3" as const,
      factor,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 8192,
    };
    const factors = ropeFactors(width / 4, 500000, scaling);
    expected.forEach((value, i) => expect(factors[from + i]).toBeCloseTo(value, 5));
    expect(config({ "llama.embedding_length": width }, factors)["rope_scaling"]).toEqual(scaling);
  });

  it("says what it expects where the factors are of no known scaling", () => {
    const factors = ropeFactors(128, 500000, {
      rope_type: "llama3",
      factor: 8,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 4096,
    });
    expect(() => config({}, factors)).toThrow(
      'model.gguf: the factors of rope_freqs.weight are not those of a known scaling of the rotary embedding\n  expected: {"rope_type":"llama3","factor":8,"low_freq_factor":1,"high_freq_factor":4,"original_max_position_embeddings":8192} or {"rope_type":"llama3","factor":32,"low_freq_factor":1,"high_freq_factor":4,"original_max_position_embeddings":8192}\n  found: 64 factors, 1 to 8\n  to fix: open the model\'s Hugging Face folder, whose config.json has the parameters',
    );
    expect(() => config({}, factors.slice(0, 32))).toThrow("are not those of a known scaling");
    expect(() => config({ "aepo.rope_scaling": "{" }, factors)).toThrow(
      'model.gguf: "aepo.rope_scaling" is not a rope_scaling of config.json\n  found: {',
    );
  });

  it.each<[string, Values, string]>([
    ["experts", { "llama.expert_count": 8 }, '"llama.expert_count" 8 is not implemented\n  expected: 0'],
    ["scaled logits", { "llama.logit_scale": 2 }, '"llama.logit_scale" 2 is not implemented\n  expected: 0 or 1'],
    [
      "yarn",
      { "llama.rope.scaling.type": "yarn" },
      'rope scaling "yarn" is not implemented\n  expected: none, linear, or the factors of Llama 3',
    ],
    [
      "partial rotation",
      { "llama.rope.dimension_count": 32 },
      '"llama.rope.dimension_count" 32 is not implemented\n  expected: 128, the width of a head',
    ],
    [
      "layers that differ",
      { "llama.attention.head_count_kv": [2, 1] },
      '"llama.attention.head_count_kv" differs between layers\n  expected: one number for all layers',
    ],
    ["a text for a count", { "llama.block_count": "two" }, '"llama.block_count" is not a count\n  found: two'],
    ["half a layer", { "llama.block_count": 1.5 }, '"llama.block_count" is not a count\n  found: 1.5'],
    [
      "too many layers",
      { "llama.block_count": 2n ** 63n },
      '"llama.block_count" is not a count\n  found: 9223372036854775808',
    ],
  ])("refuses %s", (_, more, message) => {
    expect(() => config(more)).toThrow(`model.gguf: ${message}`);
  });

  it("refuses windows of architectures that have none, and what is missing", () => {
    const qwen = Object.entries(LLAMA).map(([key, value]) => [key.replace("llama.", "qwen2."), value] as const);
    const values = new Map([
      ...qwen,
      ["general.architecture", "qwen2"],
      ["qwen2.attention.sliding_window", 64],
    ] as const);
    expect(() => configFromMetadata(new Metadata(values, "model.gguf"), SHAPES, null)).toThrow(
      "model.gguf: a sliding window of 64 is not implemented for qwen2\n  expected: none",
    );
    expect(() => configFromMetadata(without("llama.context_length"), SHAPES, null)).toThrow(
      'model.gguf: the metadata has no "llama.context_length"\n  found: 8 keys, general.architecture, llama.block_count, llama.embedding_length, llama.feed_forward_length, llama.attention.head_count …',
    );
    expect(() =>
      configFromMetadata(new Metadata(new Map(Object.entries(LLAMA)), "model.gguf"), new Map(), null),
    ).toThrow('model.gguf: tensor "token_embd.weight" is missing');
  });
});

import { describe, expect, it } from "vitest";
import { checkedModelConfig, type ModelConfig, modelConfigSchema } from "./config.ts";
import { modelConfigFromJson, modelConfigToJson } from "./config-json.ts";

const CONFIG: ModelConfig = modelConfigSchema.parse({
  vocab_size: 100,
  hidden_size: 32,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 8,
  intermediate_size: 48,
  max_position_embeddings: 64,
});

const json = (changes: object): string => JSON.stringify({ ...JSON.parse(modelConfigToJson(CONFIG)), ...changes });

describe("model config", () => {
  it("survives config.json", () => {
    expect(modelConfigFromJson(modelConfigToJson(CONFIG))).toEqual(CONFIG);
  });

  it("reads rope_theta where newer files have it", () => {
    const text = json({
      rope_theta: undefined,
      rope_parameters: { rope_type: "default", rope_theta: 5e5 },
    });
    expect(modelConfigFromJson(text).rope_theta).toBe(5e5);
  });

  it.each([
    [
      { architectures: ["GPT2LMHeadModel"], model_type: "gpt2" },
      "config.json: this architecture is not implemented\n  expected: Qwen3ForCausalLM (qwen3), LlamaForCausalLM (llama), Qwen2ForCausalLM (qwen2), MistralForCausalLM (mistral)\n  found: GPT2LMHeadModel (gpt2)",
    ],
    [{ hidden_act: "gelu" }, 'config.json: hidden_act "gelu" is not implemented\n  expected: "silu"'],
    [{ mlp_bias: true }, "config.json: mlp_bias true is not implemented\n  expected: false"],
    [
      { layer_types: ["full_attention", "sliding_attention"] },
      'config.json: layer_types "sliding_attention" is not implemented\n  expected: "full_attention" everywhere',
    ],
    [{ use_sliding_window: true }, "config.json: use_sliding_window true is not implemented\n  expected: false"],
    [
      { rope_scaling: { type: "yarn" } },
      'config.json: rope_type "yarn" is not implemented\n  expected: "default" or "linear" or "llama3"',
    ],
    [
      { rope_parameters: { rope_type: "yarn" } },
      'config.json: rope_type "yarn" is not implemented\n  expected: "default" or "linear" or "llama3"',
    ],
    [
      { num_key_value_heads: 3 },
      "model: 3 key/value heads do not divide 4 query heads\n  expected: num_attention_heads a multiple of num_key_value_heads",
    ],
    [{ head_dim: 7 }, "config.json is not valid:\n✖ Invalid number: must be a multiple of 2\n  → at head_dim"],
    [
      { vocab_size: undefined },
      "config.json is not valid:\n✖ Invalid input: expected number, received undefined\n  → at vocab_size",
    ],
  ])("refuses %j", (changes, message) => {
    expect(() => modelConfigFromJson(json(changes))).toThrow(message);
  });

  it.each([
    ["[]", "config.json is not an object"],
    ["{", "config.json is not JSON"],
  ])("refuses the file %s", (text, message) => {
    expect(() => modelConfigFromJson(text)).toThrow(message);
  });

  it("accepts heads that divide", () => {
    expect(checkedModelConfig(CONFIG)).toBe(CONFIG);
  });
});

import { describe, expect, it } from "vitest";
import { modelConfigSchema } from "../../policy/config.ts";
import { parameterShapes } from "../../policy/parameters.ts";
import { ggufName, huggingFaceName, rotatedHeads } from "./tensor-names.ts";

const SIZES = {
  vocab_size: 17,
  hidden_size: 16,
  num_hidden_layers: 12,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 8,
  intermediate_size: 24,
  max_position_embeddings: 64,
};

describe("names of tensors", () => {
  it("of every parameter of every family go to GGUF and back", () => {
    const configs = [
      { model_type: "qwen3", tie_word_embeddings: false },
      { model_type: "llama", attention_bias: true },
    ];
    for (const config of configs) {
      for (const { name } of parameterShapes(modelConfigSchema.parse({ ...SIZES, ...config }))) {
        expect(huggingFaceName(ggufName(name))).toBe(name);
      }
    }
    expect(ggufName("model.layers.11.self_attn.q_proj.bias")).toBe("blk.11.attn_q.bias");
    expect(ggufName("lm_head.weight")).toBe("output.weight");
  });

  it.each([
    "blk.0.ffn_gate_exps.weight",
    "blk.01.attn_q.weight",
    "blk.0.attn_q.scale",
    "toString",
    "blk.0.toString.weight",
  ])("%s is none of ours", (name) => {
    expect(huggingFaceName(name)).toBeUndefined();
  });

  it("say whose rows are rotated", () => {
    expect(rotatedHeads("model.layers.0.self_attn.q_proj.weight")).toBe("queries");
    expect(rotatedHeads("model.layers.0.self_attn.k_proj.bias")).toBe("keys");
    expect(rotatedHeads("model.layers.0.self_attn.k_norm.weight")).toBeNull();
    expect(rotatedHeads("model.layers.0.self_attn.v_proj.weight")).toBeNull();
  });
});

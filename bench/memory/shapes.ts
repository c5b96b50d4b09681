/** Shapes whose memory is measured: Llama's block. */
import { type ModelConfig, modelConfigSchema } from "../../src/policy/config.ts";

const LLAMA = { model_type: "llama", max_position_embeddings: 8192, rope_theta: 100_000, rms_norm_eps: 1e-5 };

export const MEMORY_SHAPES: Readonly<Record<string, ModelConfig>> = {
  "8.4M": modelConfigSchema.parse({
    ...LLAMA,
    vocab_size: 8192,
    hidden_size: 256,
    num_hidden_layers: 8,
    num_attention_heads: 8,
    num_key_value_heads: 4,
    head_dim: 32,
    intermediate_size: 768,
  }),
  "30M": modelConfigSchema.parse({
    ...LLAMA,
    vocab_size: 16_384,
    hidden_size: 384,
    num_hidden_layers: 14,
    num_attention_heads: 6,
    num_key_value_heads: 2,
    head_dim: 64,
    intermediate_size: 1024,
  }),
  /** SmolLM2-135M. */
  "135M": modelConfigSchema.parse({
    ...LLAMA,
    vocab_size: 49_152,
    hidden_size: 576,
    num_hidden_layers: 30,
    num_attention_heads: 9,
    num_key_value_heads: 3,
    head_dim: 64,
    intermediate_size: 1536,
  }),
};

/** A model of two layers that every test can afford. */
import { type ModelConfig, modelConfigSchema } from "../config.ts";

export const tinyFields = {
  vocab_size: 17,
  hidden_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 8,
  intermediate_size: 24,
  max_position_embeddings: 64,
  embedding_scale: 20,
};

export const tinyConfig: ModelConfig = modelConfigSchema.parse(tinyFields);

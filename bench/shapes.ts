/** The models that are measured, in the two sizes of the targets, and the arithmetic they take. */
import { type ModelConfig, modelConfigSchema } from "../src/policy/config.ts";

export interface Shape {
  readonly name: string;
  readonly model: ModelConfig;
  /** One micro-batch of training. */
  readonly sequences: number;
  readonly tokens: number;
}

const COMMON = { max_position_embeddings: 512 };

export const SMALL: Shape = {
  name: "1.2M",
  model: modelConfigSchema.parse({
    ...COMMON,
    vocab_size: 1664,
    hidden_size: 128,
    num_hidden_layers: 4,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    head_dim: 32,
    intermediate_size: 512,
  }),
  sequences: 8,
  tokens: 128,
};

export const MEDIUM: Shape = {
  name: "8.4M",
  model: modelConfigSchema.parse({
    ...COMMON,
    vocab_size: 8192,
    hidden_size: 256,
    num_hidden_layers: 8,
    num_attention_heads: 8,
    num_key_value_heads: 4,
    head_dim: 32,
    intermediate_size: 768,
  }),
  sequences: 4,
  tokens: 256,
};

/** Entries of the matrices a token is multiplied with: the tied embedding once, as the output projection. */
export function matmulWeights(model: ModelConfig): number {
  const queries = model.num_attention_heads * model.head_dim;
  const keys = model.num_key_value_heads * model.head_dim;
  const attention = model.hidden_size * (2 * queries + 2 * keys);
  const mlp = 3 * model.hidden_size * model.intermediate_size;
  return model.num_hidden_layers * (attention + mlp) + model.vocab_size * model.hidden_size;
}

/**
 * Floating-point operations of one forward and backward over `tokens` tokens. Matrices: 2 a weight and token forward, twice
 * that backward. Attention: scores and weighted sum take 2 · (2 · heads · head width) a query, key and layer forward, three
 * times that with backward. `keys` are the keys a query is multiplied with AS COMPUTED, averaged over the rows: masked
 * pairs that are computed count, pairs that are skipped do not. Everything element-wise counts as nothing.
 */
export function trainingFlops(model: ModelConfig, tokens: number, keys: number): number {
  const attention = 12 * model.num_hidden_layers * model.num_attention_heads * model.head_dim * keys;
  return tokens * (6 * matmulWeights(model) + attention);
}

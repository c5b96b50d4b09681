/** Sizes of a policy that a test makes from scratch and teaches in seconds. */
export const SMALL_MODEL = {
  hidden_size: 64,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  num_key_value_heads: 2,
  head_dim: 32,
  intermediate_size: 128,
  max_position_embeddings: 64,
};

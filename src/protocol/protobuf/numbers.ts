/**
 * Field numbers of package `tinker_public` (proto3), as in the official SDK 0.38.0; 0.24.1 has the same numbers, fewer fields and
 * other names for some. Fields that are not here are passed over when read. A test compares them with the SDK's own descriptor.
 */
export const SAMPLE_RESPONSE = {
  sequences: 1,
  prompt_logprobs: 2,
  topk_prompt_logprobs: 3,
  prompt_cache_hit_tokens: 4,
} as const;
export const SAMPLED_SEQUENCE = { stop_reason: 1, tokens: 2, logprobs: 3 } as const;
/** `TopkPromptLogprobs` in older SDKs, with `prompt_length` for `length`. */
export const TOPK_LOGPROBS = { token_ids: 1, logprobs: 2, k: 3, length: 4 } as const;
export const TENSOR = { dense: 1, sparse_csr: 2, dtype: 3, shape: 4 } as const;
export const BATCHED_TENSOR = { data: 1, offsets: 2, dtype: 3, trailing_shape: 4 } as const;
export const ARRAY_RECORD = { type_tag: 1, fields: 2, num_datums: 3 } as const;
export const FORWARD_BACKWARD_OUTPUT = { loss_fn_output_type: 1, loss_fn_outputs: 2, metrics: 3 } as const;
export const FORWARD_BACKWARD_REQUEST = {
  model_id: 1,
  seq_id: 2,
  data: 3,
  loss_fn: 4,
  loss_fn_config: 5,
  forward_only: 6,
  /** Of newer SDKs, beside the other one; numbers and texts. */
  loss_fn_config_v2: 7,
} as const;
export const LOSS_CONFIG_VALUE = { number: 1, text: 2 } as const;
export const DATUM = { model_input: 1, loss_fn_inputs: 2 } as const;
export const CHUNK = { encoded_text: 1, image: 2, dmel: 3 } as const;
export const ENCODED_TEXT_CHUNK = { tokens: 1 } as const;
/** Of every map. */
export const ENTRY = { key: 1, value: 2 } as const;

export const STOP_REASON = { stop: 0, length: 1 } as const;
export const DTYPE = { float32: 1, int64: 2, int32: 3, bfloat16: 4 } as const;

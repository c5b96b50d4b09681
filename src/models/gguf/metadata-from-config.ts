/** Metadata of a GGUF file from the model's config: what llama.cpp needs to compute the same numbers. */
import type { ModelConfig } from "../../policy/config.ts";
import { AepoError } from "../../std/errors.ts";
import { ARCHITECTURE_OF } from "./architectures.ts";
import type { Entries, TypedValue } from "./header-bytes.ts";
import { ROPE_SCALING_KEY } from "./rope-factors.ts";

/** Throws on what llama.cpp does not compute. */
export function configEntries(config: ModelConfig): Entries {
  const architecture = ARCHITECTURE_OF[config.model_type];
  const entries: Readonly<Record<string, TypedValue>> = {
    vocab_size: count(config.vocab_size),
    context_length: count(contextLength(config)),
    embedding_length: count(config.hidden_size),
    block_count: count(config.num_hidden_layers),
    feed_forward_length: count(config.intermediate_size),
    "attention.head_count": count(config.num_attention_heads),
    "attention.head_count_kv": count(config.num_key_value_heads),
    "attention.key_length": count(config.head_dim),
    "attention.value_length": count(config.head_dim),
    "attention.layer_norm_rms_epsilon": float(config.rms_norm_eps),
    ...(config.sliding_window === null ? {} : { "attention.sliding_window": count(config.sliding_window) }),
    "rope.dimension_count": count(config.head_dim),
    "rope.freq_base": float(config.rope_theta),
  };
  const named = Object.entries(entries).map(([name, value]) => [`${architecture}.${name}`, value] as const);
  return [...named, ...scalingEntries(config)];
}

/**
 * llama.cpp attends to everything in a Llama, and Mistral is one there: within its window the numbers are the same, so that is the
 * longest sequence the file promises.
 */
function contextLength({ max_position_embeddings: longest, sliding_window: window }: ModelConfig): number {
  return window === null ? longest : Math.min(longest, window);
}

function scalingEntries({ model_type: type, rope_scaling: scaling }: ModelConfig): Entries {
  if (scaling === null) return [];
  const architecture = ARCHITECTURE_OF[type];
  if (scaling.rope_type === "linear") {
    return [
      [`${architecture}.rope.scaling.type`, { type: "text", value: "linear" }],
      [`${architecture}.rope.scaling.factor`, float(scaling.factor)],
    ];
  }
  if (architecture === "llama") return [[ROPE_SCALING_KEY, { type: "text", value: JSON.stringify(scaling) }]];
  throw new AepoError("policy", `llama.cpp does not scale the rotary embedding of ${type} as Llama 3's`, {
    expected: "no rope_scaling, or a linear one",
    fix: "export to Hugging Face's format",
  });
}

function count(value: number): TypedValue {
  return { type: "count", value };
}
function float(value: number): TypedValue {
  return { type: "float", value };
}

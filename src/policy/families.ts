/**
 * The architectures that share this transformer, by Hugging Face's `model_type`, and all that tells them apart: which
 * projections have a bias and whether queries and keys are normalised. A new one of the kind is one entry.
 */

export const MODEL_TYPES = ["qwen3", "llama", "qwen2", "mistral"] as const;
export type ModelType = (typeof MODEL_TYPES)[number];

/** Projections of attention: queries, keys, values, output. */
export type Projection = "q" | "k" | "v" | "o";

export interface Family {
  /** In `architectures` of config.json. */
  readonly className: string;
  /** RMSNorm over each head of queries and keys. */
  readonly qkNorm: boolean;
  readonly biases: (attentionBias: boolean) => readonly Projection[];
  /** Where config.json does not say. */
  readonly tiedByDefault: boolean;
}

const ALL: readonly Projection[] = ["q", "k", "v", "o"];

export const FAMILIES: Readonly<Record<ModelType, Family>> = {
  qwen3: {
    className: "Qwen3ForCausalLM",
    qkNorm: true,
    biases: (attentionBias) => (attentionBias ? ALL : []),
    tiedByDefault: false,
  },
  llama: {
    className: "LlamaForCausalLM",
    qkNorm: false,
    biases: (attentionBias) => (attentionBias ? ALL : []),
    tiedByDefault: false,
  },
  qwen2: { className: "Qwen2ForCausalLM", qkNorm: false, biases: () => ["q", "k", "v"], tiedByDefault: false },
  mistral: { className: "MistralForCausalLM", qkNorm: false, biases: () => [], tiedByDefault: false },
};

/**
 * Size and constants of the transformer, in the words of Hugging Face's config.json. `config-json.ts` reads and writes that
 * file.
 */
import { z } from "zod";
import { AepoError } from "../std/errors.ts";
import { FAMILIES, type Family, MODEL_TYPES, type Projection } from "./families.ts";
import { ropeScalingSchema } from "./rope.ts";

const size = z.int().positive();

export const modelConfigSchema = z.strictObject({
  model_type: z.enum(MODEL_TYPES).default("qwen3").describe("Architecture."),
  vocab_size: size.describe("Number of tokens."),
  hidden_size: size.describe("Width of the residual stream."),
  num_hidden_layers: size.describe("Transformer blocks."),
  num_attention_heads: size.describe("Query heads."),
  num_key_value_heads: size.describe("Key and value heads; divides num_attention_heads (grouped-query attention)."),
  head_dim: size.multipleOf(2).describe("Width of one head; even, since rotary embedding turns pairs."),
  intermediate_size: size.describe("Width inside the SwiGLU block."),
  max_position_embeddings: size.describe("Longest sequence, prompt included."),
  rope_theta: z.number().positive().default(10_000).describe("Base of the rotary frequencies."),
  rope_scaling: ropeScalingSchema.nullable().default(null).describe("How the rotary frequencies are scaled."),
  rms_norm_eps: z.number().positive().default(1e-6).describe("Added to the mean square in RMSNorm."),
  attention_bias: z.boolean().default(false).describe("Biases of the attention's projections (qwen2 always has some)."),
  sliding_window: size.nullable().default(null).describe("A token sees itself and the tokens less than this far back."),
  tie_word_embeddings: z.boolean().default(true).describe("Output weights are the embeddings."),
  initializer_range: z
    .number()
    .positive()
    .default(0.02)
    .describe("Initialisation only: standard deviation the projections start with."),
  embedding_scale: z
    .number()
    .positive()
    .default(1)
    .describe(
      "Initialisation only: embeddings start with standard deviation 0.02 times this, and the final norm's gain with its inverse when they are tied.",
    ),
  embedding_mean: z
    .number()
    .nonnegative()
    .default(0)
    .describe(
      "Initialisation only: size of a random direction that all embeddings share, relative to what is each one's own. Without biases it is what attention by position starts from.",
    ),
});

/** Fields that only matter before the first step: not part of the file other tools read. */
export const INITIALISATION_ONLY: ReadonlySet<string> = new Set(["embedding_scale", "embedding_mean"]);
export type ModelConfig = z.output<typeof modelConfigSchema>;

/** Checks what one field alone cannot say. Returns the config. */
export function checkedModelConfig(config: ModelConfig): ModelConfig {
  const { num_attention_heads: heads, num_key_value_heads: groups } = config;
  if (heads % groups !== 0) {
    throw new AepoError("config", `model: ${groups} key/value heads do not divide ${heads} query heads`, {
      expected: "num_attention_heads a multiple of num_key_value_heads",
    });
  }
  return config;
}

export function familyOf(config: ModelConfig): Family {
  return FAMILIES[config.model_type];
}

/** Attention's projections that have a bias. */
export function biasedProjections(config: ModelConfig): readonly Projection[] {
  return familyOf(config).biases(config.attention_bias);
}

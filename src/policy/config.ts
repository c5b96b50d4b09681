/**
 * Size and constants of the transformer, in the words of Hugging Face's config.json for `Qwen3ForCausalLM`. Anything in a
 * config.json that would change the computed numbers and that we do not implement is an error, never ignored.
 */
import { z } from "zod";
import { AepoError, messageOf } from "../std/errors.ts";

const size = z.int().positive();

export const modelConfigSchema = z.strictObject({
  vocab_size: size.describe("Number of tokens."),
  hidden_size: size.describe("Width of the residual stream."),
  num_hidden_layers: size.describe("Transformer blocks."),
  num_attention_heads: size.describe("Query heads."),
  num_key_value_heads: size.describe("Key and value heads; divides num_attention_heads (grouped-query attention)."),
  head_dim: size.multipleOf(2).describe("Width of one head; even, since rotary embedding turns pairs."),
  intermediate_size: size.describe("Width inside the SwiGLU block."),
  max_position_embeddings: size.describe("Longest sequence, prompt included."),
  rope_theta: z.number().positive().default(10_000).describe("Base of the rotary frequencies."),
  rms_norm_eps: z.number().positive().default(1e-6).describe("Added to the mean square in RMSNorm."),
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

const ARCHITECTURE = "Qwen3ForCausalLM";

/** The file other tools read. */
export function modelConfigToJson(config: ModelConfig): string {
  const fields = Object.fromEntries(Object.entries(config).filter(([name]) => !INITIALISATION_ONLY.has(name)));
  const json = {
    architectures: [ARCHITECTURE],
    model_type: "qwen3",
    ...fields,
    hidden_act: "silu",
    attention_bias: false,
    attention_dropout: 0,
    rope_scaling: null,
    sliding_window: null,
    use_sliding_window: false,
    torch_dtype: "float32",
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

/** Fields of other checkpoints that would change the computed numbers, with the only value we compute. */
const FIXED: Readonly<Record<string, readonly unknown[]>> = {
  model_type: ["qwen3"],
  hidden_act: ["silu"],
  attention_bias: [false],
  rope_scaling: [null],
  use_sliding_window: [false],
};

/** Reads config.json. Throws on another architecture, on a missing or wrong field, on options we do not compute. */
export function modelConfigFromJson(text: string): ModelConfig {
  const json = parseObject(text);
  const architectures = json["architectures"];
  if (!Array.isArray(architectures) || architectures[0] !== ARCHITECTURE) {
    throw new AepoError("policy", "config.json: this architecture is not implemented", {
      expected: ARCHITECTURE,
      exists: JSON.stringify(architectures ?? null),
    });
  }
  for (const [name, allowed] of Object.entries(FIXED)) {
    const value = json[name];
    if (value === undefined || allowed.includes(value)) continue;
    throw new AepoError("policy", `config.json: ${name} ${JSON.stringify(value)} is not implemented`, {
      expected: allowed.map((x) => JSON.stringify(x)).join(" or "),
    });
  }
  const known = Object.keys(modelConfigSchema.shape).flatMap((name) => {
    const value = name === "rope_theta" ? ropeTheta(json) : json[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const parsed = modelConfigSchema.safeParse(Object.fromEntries(known));
  if (!parsed.success) {
    throw new AepoError("policy", `config.json is not valid:\n${z.prettifyError(parsed.error)}`);
  }
  return checkedModelConfig(parsed.data);
}

/** Newer files write it inside `rope_parameters`. */
function ropeTheta(json: Readonly<Record<string, unknown>>): unknown {
  const parameters = json["rope_parameters"];
  if (!isObject(parameters)) return json["rope_theta"];
  const type = parameters["rope_type"];
  if (type !== undefined && type !== "default") {
    throw new AepoError("policy", `config.json: rope_type ${JSON.stringify(type)} is not implemented`, {
      expected: '"default"',
    });
  }
  return parameters["rope_theta"];
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (thrown) {
    throw new AepoError("policy", `config.json is not JSON: ${messageOf(thrown)}`, { cause: thrown });
  }
  if (!isObject(json))
    throw new AepoError("policy", "config.json is not an object", {
      exists: text.slice(0, 40),
    });
  return json;
}

function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

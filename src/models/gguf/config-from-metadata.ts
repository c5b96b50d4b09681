/**
 * What config.json would be. Metadata that would change the computed numbers and that we do not compute is an error, never
 * ignored.
 */
import { FAMILIES, type ModelType } from "../../policy/families.ts";
import { EMBEDDING, layerName, OUTPUT } from "../../policy/parameters.ts";
import { AepoError } from "../../std/errors.ts";
import type { JsonObject } from "../../std/json.ts";
import { ARCHITECTURES, type Architecture } from "./architectures.ts";
import type { Metadata } from "./metadata.ts";
import { recognisedScaling } from "./rope-factors.ts";

/** Throws if it is none of ours. */
export function architectureOf(metadata: Metadata): Architecture {
  const given = metadata.required(metadata.text("general.architecture"), "general.architecture");
  const known = ARCHITECTURES.find((name) => name === given);
  if (known !== undefined) return known;
  throw new AepoError("policy", `${metadata.source}: the architecture "${given}" is not implemented`, {
    expected: `${ARCHITECTURES.join(", ")} (Mistral's files say llama)`,
  });
}

/**
 * `shapes` are by Hugging Face's names; `factors` are the numbers of rope_freqs.weight, where there is one.
 */
export function configFromMetadata(
  metadata: Metadata,
  shapes: ReadonlyMap<string, readonly number[]>,
  factors: Float32Array | null,
): JsonObject {
  const architecture = architectureOf(metadata);
  refuseUnknownComputation(metadata, architecture);
  const count = (name: string): number =>
    metadata.required(countOf(metadata, architecture, name), `${architecture}.${name}`);
  const heads = count("attention.head_count");
  const width = count("embedding_length");
  const headWidth = countOf(metadata, architecture, "attention.key_length") ?? width / heads;
  checkHeads(metadata, architecture, headWidth);
  const theta = metadata.number(`${architecture}.rope.freq_base`) ?? 10_000;
  const epsilon = `${architecture}.attention.layer_norm_rms_epsilon`;
  const window = windowOf(metadata, architecture);
  const type: ModelType = architecture === "llama" && window > 0 ? "mistral" : architecture;
  return {
    architectures: [FAMILIES[type].className],
    model_type: type,
    vocab_size: vocabularySize(metadata, shapes),
    hidden_size: width,
    num_hidden_layers: count("block_count"),
    num_attention_heads: heads,
    num_key_value_heads: countOf(metadata, architecture, "attention.head_count_kv") ?? heads,
    head_dim: headWidth,
    intermediate_size: count("feed_forward_length"),
    max_position_embeddings: count("context_length"),
    rope_theta: theta,
    rope_scaling: scalingOf(metadata, architecture, factors, { headWidth, theta }),
    rms_norm_eps: metadata.required(metadata.number(epsilon), epsilon),
    // Qwen2 always has its biases; the field is about the others.
    attention_bias: type !== "qwen2" && shapes.has(layerName(0, "self_attn.q_proj", "bias")),
    ...(type === "mistral" ? { sliding_window: window } : {}),
    tie_word_embeddings: !shapes.has(OUTPUT),
    hidden_act: "silu",
    ...tokenIds(metadata),
  };
}

/** A count for all layers; some files repeat it for each. */
function countOf(metadata: Metadata, architecture: Architecture, name: string): number | undefined {
  const key = `${architecture}.${name}`;
  if (!Array.isArray(metadata.value(key))) return metadata.count(key);
  const [first, ...others] = metadata.numbers(key) ?? [];
  if (first !== undefined && others.every((other) => other === first)) return first;
  throw new AepoError("policy", `${metadata.source}: "${key}" differs between layers`, {
    expected: "one number for all layers",
  });
}

/** Under the architecture's name: what would change the computed numbers, with the only values we compute. */
const FIXED: Readonly<Record<string, readonly (number | boolean)[]>> = {
  expert_count: [0],
  use_parallel_residual: [false],
  logit_scale: [0, 1],
  residual_scale: [0, 1],
  embedding_scale: [0, 1],
  attn_logit_softcapping: [0],
  final_logit_softcapping: [0],
  "attention.scale": [0],
  "attention.clamp_kqv": [0],
  "attention.max_alibi_bias": [0],
  "attention.causal": [true],
  "rope.scaling.attn_factor": [0, 1],
  "rope.scaling.yarn_log_multiplier": [0],
};

function refuseUnknownComputation(metadata: Metadata, architecture: Architecture): void {
  for (const [name, allowed] of Object.entries(FIXED)) {
    const key = `${architecture}.${name}`;
    const value = metadata.value(key);
    if (value === undefined || allowed.some((one) => one === value)) continue;
    throw new AepoError("policy", `${metadata.source}: "${key}" ${String(value).slice(0, 60)} is not implemented`, {
      expected: allowed.join(" or "),
    });
  }
}

/** Values are as wide as keys, and all of a head is rotated. */
function checkHeads(metadata: Metadata, architecture: Architecture, headWidth: number): void {
  for (const name of ["attention.value_length", "rope.dimension_count"]) {
    const found = countOf(metadata, architecture, name) ?? headWidth;
    if (found === headWidth) continue;
    throw new AepoError("policy", `${metadata.source}: "${architecture}.${name}" ${found} is not implemented`, {
      expected: `${headWidth}, the width of a head`,
    });
  }
}

/** Only Mistral has one, and Mistral is a Llama here. 0 for none. */
function windowOf(metadata: Metadata, architecture: Architecture): number {
  const window = countOf(metadata, architecture, "attention.sliding_window") ?? 0;
  if (window === 0 || architecture === "llama") return window;
  throw new AepoError(
    "policy",
    `${metadata.source}: a sliding window of ${window} is not implemented for ${architecture}`,
    {
      expected: "none",
    },
  );
}

function vocabularySize(metadata: Metadata, shapes: ReadonlyMap<string, readonly number[]>): number {
  const [rows] = shapes.get(EMBEDDING) ?? [];
  if (rows !== undefined) return rows;
  throw new AepoError("policy", `${metadata.source}: tensor "token_embd.weight" is missing`);
}

function scalingOf(
  metadata: Metadata,
  architecture: Architecture,
  factors: Float32Array | null,
  { headWidth, theta }: { readonly headWidth: number; readonly theta: number },
): JsonObject | null {
  const type = metadata.text(`${architecture}.rope.scaling.type`) ?? "none";
  const older = metadata.number(`${architecture}.rope.scale_linear`);
  const factor = metadata.number(`${architecture}.rope.scaling.factor`) ?? older ?? 1;
  if (type !== "none" && type !== "linear") {
    throw new AepoError("policy", `${metadata.source}: rope scaling "${type}" is not implemented`, {
      expected: "none, linear, or the factors of Llama 3",
    });
  }
  const isLinear = (type === "linear" || older !== undefined) && factor !== 1;
  if (isLinear && factors !== null) {
    throw new AepoError(
      "policy",
      `${metadata.source}: linear rope scaling and rope_freqs.weight together are not implemented`,
    );
  }
  if (isLinear) return { rope_type: "linear", factor };
  return factors === null ? null : { ...recognisedScaling(factors, headWidth, theta, metadata) };
}

/** Special tokens that generation begins, ends and pads with; the end of a turn ends it as well. */
function tokenIds(metadata: Metadata): JsonObject {
  const id = (name: string): number | undefined => metadata.count(`tokenizer.ggml.${name}_token_id`);
  const [begin, end, turn, pad] = [id("bos"), id("eos"), id("eot"), id("padding")];
  const ends = turn === undefined || turn === end ? end : [...(end === undefined ? [] : [end]), turn];
  return {
    ...(begin === undefined ? {} : { bos_token_id: begin }),
    ...(ends === undefined ? {} : { eos_token_id: ends }),
    ...(pad === undefined ? {} : { pad_token_id: pad }),
  };
}

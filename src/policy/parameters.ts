/**
 * Which tensors a model has: names and shapes as in Hugging Face's checkpoints (matrices [out, in]), and how they start.
 * Invariant: the order of `parameterShapes` is the order of everything that lists parameters (gradients, optimiser state).
 */
import { randomStream } from "../std/random.ts";
import { biasedProjections, familyOf, type ModelConfig } from "./config.ts";

export interface ParameterShape {
  readonly name: string;
  readonly shape: readonly number[];
}

export const EMBEDDING = "model.embed_tokens.weight";
export const FINAL_NORM = "model.norm.weight";
export const OUTPUT = "lm_head.weight";

/** Every parameter, embeddings first. */
export function parameterShapes(config: ModelConfig): ParameterShape[] {
  const { vocab_size: vocabulary, hidden_size: width } = config;
  return [
    { name: EMBEDDING, shape: [vocabulary, width] },
    ...Array.from({ length: config.num_hidden_layers }, (_, layer) => layerShapes(config, layer)).flat(),
    { name: FINAL_NORM, shape: [width] },
    ...(config.tie_word_embeddings ? [] : [{ name: OUTPUT, shape: [vocabulary, width] }]),
  ];
}

export function layerName(layer: number, part: string, kind: "weight" | "bias" = "weight"): string {
  return `model.layers.${layer}.${part}.${kind}`;
}

function layerShapes(config: ModelConfig, layer: number): ParameterShape[] {
  const { hidden_size: width, head_dim: head, intermediate_size: inner } = config;
  const queries = config.num_attention_heads * head;
  const keys = config.num_key_value_heads * head;
  const shapes: Readonly<Record<string, readonly number[]>> = {
    input_layernorm: [width],
    "self_attn.q_proj": [queries, width],
    "self_attn.k_proj": [keys, width],
    "self_attn.v_proj": [keys, width],
    ...(familyOf(config).qkNorm ? { "self_attn.q_norm": [head], "self_attn.k_norm": [head] } : {}),
    "self_attn.o_proj": [width, queries],
    post_attention_layernorm: [width],
    "mlp.gate_proj": [inner, width],
    "mlp.up_proj": [inner, width],
    "mlp.down_proj": [width, inner],
  };
  const biases = biasedProjections(config).map((projection) => {
    const part = `self_attn.${projection}_proj`;
    return { name: layerName(layer, part, "bias"), shape: (shapes[part] ?? []).slice(0, 1) };
  });
  return [...Object.entries(shapes).map(([part, shape]) => ({ name: layerName(layer, part), shape })), ...biases];
}

export function parameterCount(config: ModelConfig): number {
  return parameterShapes(config).reduce((sum, { shape }) => sum + elements(shape), 0);
}

/** Norm gains and biases carry no weight decay. */
export function isDecayed(name: string): boolean {
  return !isNorm(name) && !isBias(name);
}

function isNorm(name: string): boolean {
  return name.endsWith("norm.weight");
}

function isBias(name: string): boolean {
  return name.endsWith(".bias");
}

/** Of embeddings and output weights, as in Hugging Face's models. */
const VOCABULARY_DEVIATION = 0.02;

/**
 * Initial values, one stream a tensor: projections normal(0, initializer_range), norm gains 1, biases 0, embeddings and output
 * weights normal(0, 0.02). Embeddings of scale s start s times larger; where they are tied the final gain starts at 1/s, so that
 * the first logits are as small as with s = 1. With `embedding_mean` all embeddings share one more random vector: RMSNorm and
 * projections have no bias, so a constant direction is what heads that attend by position alone can start from.
 */
export function initialParameters(config: ModelConfig, seed: number): Map<string, Float32Array> {
  const values = new Map<string, Float32Array>();
  for (const { name, shape } of parameterShapes(config)) {
    const data = new Float32Array(elements(shape));
    if (isNorm(name)) {
      data.fill(name === FINAL_NORM && config.tie_word_embeddings ? 1 / config.embedding_scale : 1);
    } else if (!isBias(name)) {
      const deviation = initialDeviation(config, name);
      const stream = randomStream(seed, "initial-parameters", name);
      for (let i = 0; i < data.length; i++) data[i] = deviation * stream.normal();
      if (name === EMBEDDING) addMean(data, deviation * config.embedding_mean, config, seed);
    }
    values.set(name, data);
  }
  return values;
}

function addMean(embeddings_VD: Float32Array, deviation: number, { hidden_size }: ModelConfig, seed: number): void {
  const stream = randomStream(seed, "initial-parameters", "embedding-mean");
  const mean_D = Array.from({ length: hidden_size }, () => deviation * stream.normal());
  for (let i = 0; i < embeddings_VD.length; i++) {
    embeddings_VD[i] = (embeddings_VD[i] ?? 0) + (mean_D[i % hidden_size] ?? 0);
  }
}

function initialDeviation(config: ModelConfig, name: string): number {
  if (name === EMBEDDING) return VOCABULARY_DEVIATION * config.embedding_scale;
  return name === OUTPUT ? VOCABULARY_DEVIATION : config.initializer_range;
}

export function elements(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

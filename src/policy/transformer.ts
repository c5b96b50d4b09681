/**
 * The decoder-only transformer as an expression: Qwen3's block (RMSNorm, rotary embedding, grouped-query attention with
 * q/k norm, SwiGLU). All token-wise work is on flat tokens [T, ...]; only `attention` knows which token sees which, so
 * training on trees, scoring and decoding share every line here.
 * Axes: T tokens, D width, H query heads, G key/value heads, E head width, V vocabulary, S scored positions.
 */
import {
  add,
  cast,
  constant,
  cos,
  exp,
  gatherRows,
  input,
  logSoftmax,
  matmul,
  mul,
  neg,
  pick,
  reshape,
  rmsNorm,
  rotary,
  silu,
  sin,
  sum,
} from "../engine/ops.ts";
import type { Value } from "../engine/value.ts";
import type { ModelConfig } from "./config.ts";
import { EMBEDDING, FINAL_NORM, layerName, OUTPUT, parameterShapes } from "./parameters.ts";

/** Parameters as inputs of a graph, by name. */
export type Parameters = ReadonlyMap<string, Value>;

export function parameterInputs(config: ModelConfig): Parameters {
  return new Map(parameterShapes(config).map(({ name, shape }) => [name, input(name, shape)]));
}

/** What a layer's attention gets: queries q_THE, keys k_TGE and values v_TGE; rotary embedding is applied. */
export interface Heads {
  readonly layer: number;
  readonly q_THE: Value;
  readonly k_TGE: Value;
  readonly v_TGE: Value;
}

/** Returns what each token attended to, [T, H · E]. */
export type Attention = (heads: Heads) => Value;

/** What the residual stream is computed for. */
export interface Tokens {
  /** i32. */
  readonly ids_T: Value;
  readonly positions_T: Value;
  /** Tokens whose end of the stream is wanted, i32 [S]; all of them if absent. The last block computes no more. */
  readonly wanted_S?: Value;
}

/** Residual stream after the last block, [S, D], before the final norm. */
export function residualStream(
  config: ModelConfig,
  parameters: Parameters,
  { ids_T, positions_T, wanted_S }: Tokens,
  attention: Attention,
): Value {
  const angles = rotaryAngles(config, positions_T);
  let x_TD = gatherRows(parameter(parameters, EMBEDDING), ids_T);
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const weight = (part: string): Value => parameter(parameters, layerName(layer, part));
    const heads = projectHeads(config, weight, angles, normed(config, x_TD, weight("input_layernorm")));
    const isLast = layer === config.num_hidden_layers - 1;
    const wanted = (x: Value): Value => (isLast && wanted_S !== undefined ? gatherRows(x, wanted_S) : x);
    const attended = linear(wanted(attention({ layer, ...heads })), weight("self_attn.o_proj"));
    x_TD = add(wanted(x_TD), attended);
    x_TD = add(x_TD, swiGlu(weight, normed(config, x_TD, weight("post_attention_layernorm"))));
  }
  return x_TD;
}

/**
 * Tempered logits of the next token, [S, V], from rows of the residual stream [S, D]. The temperature scales what the
 * vocabulary is multiplied with, which is narrower than the logits by far.
 */
export function nextTokenLogits(
  config: ModelConfig,
  parameters: Parameters,
  x_SD: Value,
  inverseTemperature_S: Value,
): Value {
  const output = parameter(parameters, config.tie_word_embeddings ? EMBEDDING : OUTPUT);
  const scale_S1 = reshape(inverseTemperature_S, [x_SD.shape[0] ?? 0, 1]);
  return linear(mul(normed(config, x_SD, parameter(parameters, FINAL_NORM)), scale_S1), output);
}

/** Log-probability of each target and entropy in nats of each distribution (AEPO-H1), [S] both, from tempered logits [S, V]. */
export function readDistribution(logits_SV: Value, targets_S: Value): { logprobs_S: Value; entropies_S: Value } {
  const logprobs_SV = logSoftmax(logits_SV);
  return {
    logprobs_S: pick(logprobs_SV, targets_S),
    entropies_S: neg(sum(mul(exp(logprobs_SV), logprobs_SV), [-1])),
  };
}

type Weight = (part: string) => Value;

interface Angles {
  readonly cos_T1F: Value;
  readonly sin_T1F: Value;
}

function rotaryAngles({ head_dim, rope_theta }: ModelConfig, positions_T: Value): Angles {
  const half = head_dim / 2;
  const frequencies = Array.from({ length: half }, (_, i) => rope_theta ** (-i / half));
  const tokens = positions_T.shape[0] ?? 0;
  const angles = mul(reshape(cast(positions_T, "f32"), [tokens, 1, 1]), constant(frequencies, [1, 1, half]));
  return { cos_T1F: cos(angles), sin_T1F: sin(angles) };
}

function projectHeads(
  config: ModelConfig,
  weight: Weight,
  { cos_T1F, sin_T1F }: Angles,
  x_TD: Value,
): Omit<Heads, "layer"> {
  const { num_attention_heads: H, num_key_value_heads: G, head_dim: E } = config;
  const split = (part: string, heads: number): Value =>
    reshape(linear(x_TD, weight(`self_attn.${part}_proj`)), [x_TD.shape[0] ?? 0, heads, E]);
  const turned = (x: Value, norm: Value): Value => rotary(normed(config, x, norm), cos_T1F, sin_T1F);
  return {
    q_THE: turned(split("q", H), weight("self_attn.q_norm")),
    k_TGE: turned(split("k", G), weight("self_attn.k_norm")),
    v_TGE: split("v", G),
  };
}

function swiGlu(weight: Weight, x_TD: Value): Value {
  const gate = silu(linear(x_TD, weight("mlp.gate_proj")));
  return linear(mul(gate, linear(x_TD, weight("mlp.up_proj"))), weight("mlp.down_proj"));
}

/** x [T, in] times a matrix stored [out, in]. */
function linear(x: Value, weight: Value): Value {
  return matmul(x, weight, { transposeB: true });
}

function normed(config: ModelConfig, x: Value, weight: Value): Value {
  return rmsNorm(x, weight, config.rms_norm_eps);
}

function parameter(parameters: Parameters, name: string): Value {
  const value = parameters.get(name);
  if (value === undefined) throw new RangeError(`no parameter ${name}`);
  return value;
}

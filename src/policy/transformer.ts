/**
 * The decoder-only transformer as an expression: the block of Llama, Qwen and Mistral (RMSNorm, rotary embedding,
 * grouped-query attention, SwiGLU), with biases and q/k norm where the family has them. All token-wise work is on flat tokens [T, ...]; only `attention` knows which token sees which, so
 * training on trees, scoring and decoding share every line here.
 * Axes: T tokens, D width, H query heads, G key/value heads, E head width, V vocabulary, S scored positions.
 */
import {
  add,
  cast,
  constant,
  cos,
  gatherRows,
  includes,
  input,
  logSumExp,
  matmul,
  mul,
  neg,
  pick,
  reshape,
  rmsNorm,
  rotary,
  sin,
  softmax,
  stopGradient,
  sub,
  swiGlu,
} from "../engine/ops.ts";
import type { Value } from "../engine/value.ts";
import { familyOf, type ModelConfig } from "./config.ts";
import { adapterNames, adapters, type Lora, loraScale } from "./lora.ts";
import { EMBEDDING, FINAL_NORM, layerName, OUTPUT, type ParameterShape, parameterShapes } from "./parameters.ts";
import { rotaryFrequencies } from "./rope.ts";

/** Parameters as inputs of a graph, by name. */
export type Parameters = ReadonlyMap<string, Value>;

export function parameterInputs(config: ModelConfig): Parameters {
  return inputsOf(parameterShapes(config));
}

export function inputsOf(shapes: readonly ParameterShape[]): Parameters {
  return new Map(shapes.map(({ name, shape }) => [name, input(name, shape)]));
}

/** Parameters that have the adapters in them, with the adapters beside them; `project` finds these by name, the second one scaled. */
export function withAdapters(config: ModelConfig, parameters: Parameters, lora: Lora, own: Parameters): Parameters {
  const scaled = adapters(config, lora).map(
    ({ up }) => [up.name, mul(parameterOf(own, up.name), loraScale(lora))] as const,
  );
  return new Map([...parameters, ...own, ...scaled]);
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

export interface ResidualStream {
  /** What each block reads, [T, D]. */
  readonly blockInputs: readonly Value[];
  /** After the last block, [S, D], before the final norm. */
  readonly x_SD: Value;
}

export function residualStream(
  config: ModelConfig,
  parameters: Parameters,
  { ids_T, positions_T, wanted_S }: Tokens,
  attention: Attention,
): ResidualStream {
  const blockInputs: Value[] = [];
  const angles = rotaryAngles(config, positions_T);
  let x_TD = gatherRows(parameterOf(parameters, EMBEDDING), ids_T);
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    blockInputs.push(x_TD);
    const block = { config, parameters, layer };
    const isLast = layer === config.num_hidden_layers - 1;
    const wanted = (x: Value): Value => (isLast && wanted_S !== undefined ? gatherRows(x, wanted_S) : x);
    const heads = projectHeads(block, angles, normed(block, "input_layernorm", x_TD));
    x_TD = add(wanted(x_TD), project(block, "self_attn.o_proj", wanted(attention({ layer, ...heads }))));
    x_TD = add(x_TD, gatedMlp(block, normed(block, "post_attention_layernorm", x_TD)));
  }
  return { blockInputs, x_SD: x_TD };
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
  const output = parameterOf(parameters, config.tie_word_embeddings ? EMBEDDING : OUTPUT);
  const scale_S1 = reshape(inverseTemperature_S, [x_SD.shape[0] ?? 0, 1]);
  return linear(mul(finalHidden(config, parameters, x_SD), scale_S1), output);
}

/** The model's last hidden state, [S, D], from rows of the residual stream. */
export function finalHidden(config: ModelConfig, parameters: Parameters, x_SD: Value): Value {
  return rmsNorm(x_SD, parameterOf(parameters, FINAL_NORM), config.rms_norm_eps);
}

/** Log-probability of each target and entropy in nats of each distribution (AEPO-H1), [S] both, from tempered logits [S, V]. */
export function readDistribution(logits_SV: Value, targets_S: Value): { logprobs_S: Value; entropies_S: Value } {
  const [S = 0] = targets_S.shape;
  const logTotal_S = logSumExp(logits_SV);
  const logp_SV = sub(logits_SV, reshape(logTotal_S, [S, 1]));
  return {
    logprobs_S: pick(logp_SV, targets_S),
    entropies_S: neg(expectation(softmax(logits_SV), stopGradient(logp_SV))),
  };
}

/**
 * Σ p·f of each row, as a product. Of −Σ p·log p only the gradient through p is left: the other is −Σ p·∇log p = 0. That f is
 * log p and not the logits keeps the sum small: with logits near 25 and 49,152 of them, log Σ exp z − Σ p·z was 4e-4 off.
 */
function expectation(p_SV: Value, f_SV: Value): Value {
  const [S = 0, V = 0] = p_SV.shape;
  const row = (x: Value): Value => reshape(x, [S, 1, V]);
  return reshape(matmul(row(p_SV), row(f_SV), { transposeB: true }), [S]);
}

interface Block {
  readonly config: ModelConfig;
  readonly parameters: Parameters;
  readonly layer: number;
}

interface Angles {
  readonly cos_T1F: Value;
  readonly sin_T1F: Value;
}

function rotaryAngles({ head_dim, rope_theta, rope_scaling }: ModelConfig, positions_T: Value): Angles {
  const half = head_dim / 2;
  const frequencies = constant(rotaryFrequencies(half, rope_theta, rope_scaling), [1, 1, half]);
  const angles = mul(reshape(cast(positions_T, "f32"), [positions_T.shape[0] ?? 0, 1, 1]), frequencies);
  return { cos_T1F: cos(angles), sin_T1F: sin(angles) };
}

function projectHeads(block: Block, { cos_T1F, sin_T1F }: Angles, x_TD: Value): Omit<Heads, "layer"> {
  const { num_attention_heads: H, num_key_value_heads: G, head_dim: E } = block.config;
  const split = (part: string, heads: number): Value =>
    reshape(project(block, `self_attn.${part}_proj`, x_TD), [x_TD.shape[0] ?? 0, heads, E]);
  const turned = (x_THE: Value, part: string): Value =>
    rotary(familyOf(block.config).qkNorm ? normed(block, `self_attn.${part}_norm`, x_THE) : x_THE, cos_T1F, sin_T1F);
  return { q_THE: turned(split("q", H), "q"), k_TGE: turned(split("k", G), "k"), v_TGE: split("v", G) };
}

function gatedMlp(block: Block, x_TD: Value): Value {
  const [gate, up] = [project(block, "mlp.gate_proj", x_TD), project(block, "mlp.up_proj", x_TD)];
  return project(block, "mlp.down_proj", swiGlu(gate, up));
}

/** x [T, in] through a projection, with its bias and its adapter where it has them. */
function project({ parameters, layer }: Block, part: string, x: Value): Value {
  const product = linear(x, parameterOf(parameters, layerName(layer, part)));
  const bias = parameters.get(layerName(layer, part, "bias"));
  const names = adapterNames(layer, part);
  const [down, up] = [parameters.get(names.down), parameters.get(names.up)];
  const adapted = down === undefined || up === undefined ? product : includes(product, adapterPart(x, down, up));
  return bias === undefined ? adapted : add(adapted, bias);
}

/** What an adapter has added to a product with the weight it is merged into; x has its gradient from that product. */
function adapterPart(x: Value, down: Value, up: Value): Value {
  return linear(linear(stopGradient(x), down), up);
}

/** x [T, in] times a matrix stored [out, in]. */
function linear(x: Value, weight: Value): Value {
  return matmul(x, weight, { transposeB: true });
}

function normed({ config, parameters, layer }: Block, part: string, x: Value): Value {
  return rmsNorm(x, parameterOf(parameters, layerName(layer, part)), config.rms_norm_eps);
}

export function parameterOf(parameters: Parameters, name: string): Value {
  const value = parameters.get(name);
  if (value === undefined) throw new RangeError(`no parameter ${name}`);
  return value;
}

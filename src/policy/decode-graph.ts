/**
 * The step of decoding as a graph, for prefixes and single tokens alike: B rows feed C tokens each, attend to K cached ones
 * (gathered from the pools by slot) and causally to each other, and the last fed token's distribution is drawn from.
 * Only the draw comes back to the host; new keys and values stay on the device.
 */
import {
  add,
  argmax,
  broadcastTo,
  concat,
  constant,
  cumsum,
  cast,
  gatherRows,
  input,
  less,
  lessEqual,
  matmul,
  minimum,
  mul,
  reshape,
  slice,
  softmax,
  sum,
  transpose,
  where,
} from "../engine/ops.ts";
import type { Graph } from "../engine/graph.ts";
import type { Value } from "../engine/value.ts";
import type { ModelConfig } from "./config.ts";
import { HIDDEN } from "./forest-attention.ts";
import { type Heads, nextTokenLogits, parameterInputs, readDistribution, residualStream } from "./transformer.ts";

export interface DecodeShape {
  /** B. */
  readonly rows: number;
  /** C. */
  readonly fed: number;
  /** K. */
  readonly cached: number;
  /** Rows of a pool. */
  readonly poolTokens: number;
}

export const keysName = (layer: number): string => `keys_${layer}`;
export const valuesName = (layer: number): string => `values_${layer}`;
export const newKeysName = (layer: number): string => `newKeys_${layer}`;
export const newValuesName = (layer: number): string => `newValues_${layer}`;

/**
 * Inputs: parameters, pools, ids_T and positions_T (T = B · C), slots_BK, length_B (cached tokens of each row), last_B (flat
 * index of the last fed token), uniform_B, inverseTemperature_B, greedy_B. Outputs: ids_B, logprobs_B, entropies_B and the new
 * keys and values of each layer [T, G · E].
 */
export function decodeGraph(config: ModelConfig, shape: DecodeShape): Graph {
  const { rows: B, fed: C, cached: K, poolTokens } = shape;
  const { num_key_value_heads: G, head_dim: E } = config;
  const parameters = parameterInputs(config);
  const slots_BK = input("slots_BK", [B, K], "i32");
  const bias = decodeBias(shape, input("length_B", [B], "i32"));
  const tokens = {
    ids_T: input("ids_T", [B * C], "i32"),
    positions_T: input("positions_T", [B * C], "i32"),
  };
  const outputs: Record<string, Value> = {};
  const x_TD = residualStream(config, parameters, tokens, (heads) => {
    const pooled = (name: string): Value => gatherRows(input(name, [poolTokens, G * E]), slots_BK);
    outputs[newKeysName(heads.layer)] = reshape(heads.k_TGE, [B * C, G * E]);
    outputs[newValuesName(heads.layer)] = reshape(heads.v_TGE, [B * C, G * E]);
    const cached = { k_BKD: pooled(keysName(heads.layer)), v_BKD: pooled(valuesName(heads.layer)), bias };
    return C === 1 ? attendOne(config, shape, heads, cached) : attendChunk(config, shape, heads, cached);
  });
  const x_BD = gatherRows(x_TD, input("last_B", [B], "i32"));
  const tempered_BV = nextTokenLogits(config, parameters, x_BD, input("inverseTemperature_B", [B]));
  const ids_B = draw(tempered_BV);
  const { logprobs_S, entropies_S } = readDistribution(tempered_BV, ids_B);
  return {
    outputs: {
      ...outputs,
      ids_B,
      logprobs_B: logprobs_S,
      entropies_B: entropies_S,
    },
  };
}

/** [B, 1, 1, C, K + C]: 0 for keys a fed token may see. */
function decodeBias({ rows: B, fed: C, cached: K }: DecodeShape, length_B: Value): Value {
  const places = constant([...Array(K).keys()], [1, 1, K], "i32");
  const cached = where(less(places, reshape(length_B, [B, 1, 1])), 0, HIDDEN);
  const order = [...Array(C).keys()];
  const causal = constant(
    order.flatMap((query) => order.map((key) => (key <= query ? 0 : HIDDEN))),
    [1, C, C],
  );
  const both = concat([broadcastTo(cached, [B, C, K]), broadcastTo(causal, [B, C, C])], 2);
  return reshape(both, [B, 1, 1, C, K + C]);
}

/** Keys and values gathered from the pools, D = G · E, and the mask of `decodeBias`. */
interface Cached {
  readonly k_BKD: Value;
  readonly v_BKD: Value;
  readonly bias: Value;
}

/** Any number of fed tokens: keys and values are put in order of heads first. */
function attendChunk(
  { num_attention_heads: H, num_key_value_heads: G, head_dim: E }: ModelConfig,
  { rows: B, fed: C, cached: K }: DecodeShape,
  { q_THE, k_TGE, v_TGE }: Heads,
  { k_BKD, v_BKD, bias }: Cached,
): Value {
  const M = H / G;
  const q_BGLE = reshape(transpose(reshape(q_THE, [B, C, G, M, E]), [0, 2, 3, 1, 4]), [B, G, M * C, E]);
  const byHead = (x: Value, tokens: number): Value => transpose(reshape(x, [B, tokens, G, E]), [0, 2, 1, 3]);
  const scale = { transposeB: true, alpha: 1 / Math.sqrt(E) };
  // Scores are joined, not keys: they are smaller by far.
  const scores = concat([matmul(q_BGLE, byHead(k_BKD, K), scale), matmul(q_BGLE, byHead(k_TGE, C), scale)], 3);
  const weights = reshape(softmax(add(reshape(scores, [B, G, M, C, K + C]), bias)), [B, G, M * C, K + C]);
  const fromCached = matmul(slice(weights, 3, 0, K), byHead(v_BKD, K));
  const out = add(fromCached, matmul(slice(weights, 3, K, K + C), byHead(v_TGE, C)));
  return reshape(transpose(reshape(out, [B, G, M, C, E]), [0, 3, 1, 2, 4]), [B * C, H * E]);
}

/**
 * One fed token: keys and values are used as gathered, [B, K, G · E]. Each query is laid into its head's columns among
 * zeros, which multiplies a little more and moves a lot less (the transposes cost more than all else together).
 */
function attendOne(
  { num_attention_heads: H, num_key_value_heads: G, head_dim: E }: ModelConfig,
  { rows: B, cached: K }: DecodeShape,
  { q_THE, k_TGE, v_TGE }: Heads,
  { k_BKD, v_BKD, bias }: Cached,
): Value {
  const [M, D] = [H / G, G * E];
  const heads = [...Array(H).keys()];
  const own_1HG1 = constant(
    heads.flatMap((head) => Array.from({ length: G }, (_, group) => (Math.floor(head / M) === group ? 1 : 0))),
    [1, H, G, 1],
  );
  const q_BHD = reshape(mul(reshape(q_THE, [B, H, 1, E]), own_1HG1), [B, H, D]);
  const scale = { transposeB: true, alpha: 1 / Math.sqrt(E) };
  const fed = (x_TGE: Value): Value => reshape(x_TGE, [B, 1, D]);
  const scores = concat([matmul(q_BHD, k_BKD, scale), matmul(q_BHD, fed(k_TGE), scale)], 2);
  const weights = softmax(add(scores, reshape(bias, [B, 1, K + 1])));
  const out_BHD = add(matmul(slice(weights, 2, 0, K), v_BKD), mul(slice(weights, 2, K, K + 1), fed(v_TGE)));
  return reshape(sum(mul(reshape(out_BHD, [B, H, G, E]), own_1HG1), [2]), [B, H * E]);
}

/** Inverse of the cumulative distribution at a uniform draw, or the largest logit. */
function draw(logits_BV: Value): Value {
  const [B = 0, V = 0] = logits_BV.shape;
  const cumulative_BV = cumsum(softmax(logits_BV), 1);
  const threshold_B1 = mul(reshape(input("uniform_B", [B]), [B, 1]), slice(cumulative_BV, 1, V - 1, V));
  const below_B = sum(cast(lessEqual(cumulative_BV, threshold_B1), "i32"), [1]);
  return where(input("greedy_B", [B], "bool"), argmax(logits_BV), minimum(below_B, V - 1));
}

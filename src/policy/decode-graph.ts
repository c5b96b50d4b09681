/**
 * Decoding as a graph: B rows feed C tokens each and draw the next one; with C = 1 the draw is fed in turn, N times in one
 * run (a window), so that what a run costs beside its products (gathering the cache, sending it off) is paid once a window.
 * Only the draws come back to the host; new keys and values stay on the device.
 */
import { add, argmax, concat, input, reshape, slice, softmax, where } from "../engine/ops.ts";
import type { Graph } from "../engine/graph.ts";
import type { Value } from "../engine/value.ts";
import type { ModelConfig } from "./config.ts";
import {
  type AttentionShape,
  attendChunk,
  attendOne,
  type Cached,
  cachedBias,
  fedStates,
  gatherCached,
  type KeysValues,
  storedStates,
} from "./decode-attention.ts";
import { inverseCdf } from "./inverse-cdf.ts";
import { type Attention, nextTokenLogits, parameterInputs, readDistribution, residualStream } from "./transformer.ts";

export interface DecodeShape extends AttentionShape {
  /** N: draws of each row; 1 where C > 1. */
  readonly draws: number;
  /** Rows of a pool. */
  readonly poolTokens: number;
  /** Whether some row takes the largest logit. */
  readonly greedy: boolean;
  /** Whether the logits come back with the (one) draw. */
  readonly logits: boolean;
}

export const keysName = (layer: number): string => `keys_${layer}`;
export const valuesName = (layer: number): string => `values_${layer}`;
export const newKeysName = (layer: number): string => `newKeys_${layer}`;
export const newValuesName = (layer: number): string => `newValues_${layer}`;

/**
 * Inputs: parameters, pools, ids_T and positions_T (T = B · C), slots_BK, length_B (cached tokens of each row), last_B (flat
 * index of the last fed token), uniforms_NB, inverseTemperature_B, greedy_B. Outputs: ids_BN, logprobs_BN, entropies_BN, where
 * wanted logits_BV (over the temperature), and the new keys and values of each layer [B · max(C, N), G · E], those of a row
 * together.
 */
export function decodeGraph(config: ModelConfig, shape: DecodeShape): Graph {
  const { rows: B, fed: C, draws: N } = shape;
  const parameters = parameterInputs(config);
  const uniforms_NB = input("uniforms_NB", [N, B]);
  const positions_T = input("positions_T", [B * C], "i32");
  const cached = cachedLayers(config, shape);
  const fed: KeysValues[] = [];
  const attention =
    (draw: number): Attention =>
    (heads) => {
      const { layer } = heads;
      const now = extended(fed[layer], fedStates(config, shape, heads));
      fed[layer] = now;
      const attend = C === 1 ? attendOne : attendChunk;
      return attend(config, shape, heads.q_THE, now, cached(layer, draw));
    };
  const manner = drawInputs(shape);
  const draws: Draw[] = [];
  for (let n = 0; n < N; n++) {
    const ids_T = draws[n - 1]?.ids_B ?? input("ids_T", [B * C], "i32");
    const tokens = {
      ids_T,
      positions_T: add(positions_T, n),
      ...(C === 1 ? {} : { wanted_S: input("last_B", [B], "i32") }),
    };
    const { x_SD: x_BD } = residualStream(config, parameters, tokens, attention(n));
    const logits_BV = nextTokenLogits(config, parameters, x_BD, manner.inverseTemperature_B);
    draws.push(drawNext(logits_BV, manner, slice(uniforms_NB, 0, n, n + 1)));
  }
  const logits_BV = shape.logits ? draws.at(-1)?.logits_BV : undefined;
  return {
    outputs: { ...drawOutputs(draws, B), ...(logits_BV === undefined ? {} : { logits_BV }), ...newStates(fed) },
  };
}

/** The cached tokens of all rows, as a layer's draw sees them. */
function cachedLayers(config: ModelConfig, shape: DecodeShape): (layer: number, draw: number) => Cached {
  const { rows: B, cached: K, draws, poolTokens } = shape;
  const { num_key_value_heads: G, head_dim: E, sliding_window } = config;
  if (K === 0) return () => null;
  const slots_BK = input("slots_BK", [B, K], "i32");
  const length_B = input("length_B", [B], "i32");
  const biases = Array.from({ length: draws }, (_, draw) => cachedBias(shape, length_B, sliding_window, draw));
  const pool = (name: string): Value => input(name, [poolTokens, G * E]);
  const layers = Array.from({ length: config.num_hidden_layers }, (_, layer) =>
    gatherCached(config, { keys: pool(keysName(layer)), values: pool(valuesName(layer)) }, slots_BK),
  );
  return (layer, draw) => {
    const [states, bias_BCK] = [layers[layer], biases[draw]];
    if (states === undefined || bias_BCK === undefined) throw new RangeError(`no layer ${layer} or draw ${draw}`);
    return { ...states, bias_BCK };
  };
}

function extended(before: KeysValues | undefined, now: KeysValues): KeysValues {
  if (before === undefined) return now;
  return { k_BGNE: concat([before.k_BGNE, now.k_BGNE], 2), v_BGNE: concat([before.v_BGNE, now.v_BGNE], 2) };
}

interface Draw {
  readonly logits_BV: Value;
  readonly ids_B: Value;
  readonly logprobs_B: Value;
  readonly entropies_B: Value;
}

/** How each row draws. */
interface Manner {
  readonly inverseTemperature_B: Value;
  /** Null: no row is greedy. */
  readonly greedy_B: Value | null;
}

function drawInputs({ rows: B, greedy }: DecodeShape): Manner {
  return {
    inverseTemperature_B: input("inverseTemperature_B", [B]),
    greedy_B: greedy ? input("greedy_B", [B], "bool") : null,
  };
}

function drawNext(tempered_BV: Value, { greedy_B }: Manner, uniform_B: Value): Draw {
  const probabilities_BV = softmax(tempered_BV);
  const sampled_B = inverseCdf(probabilities_BV, uniform_B);
  const ids_B = greedy_B === null ? sampled_B : where(greedy_B, argmax(tempered_BV), sampled_B);
  const { logprobs_S, entropies_S } = readDistribution(tempered_BV, ids_B);
  return { logits_BV: tempered_BV, ids_B, logprobs_B: logprobs_S, entropies_B: entropies_S };
}

function drawOutputs(draws: readonly Draw[], B: number): Record<string, Value> {
  const joined = (part: Exclude<keyof Draw, "logits_BV">): Value =>
    concat(
      draws.map((draw) => reshape(draw[part], [B, 1])),
      1,
    );
  return { ids_BN: joined("ids_B"), logprobs_BN: joined("logprobs_B"), entropies_BN: joined("entropies_B") };
}

function newStates(fed: readonly KeysValues[]): Record<string, Value> {
  return Object.fromEntries(
    fed.map(storedStates).flatMap(({ keys, values }, layer) => [
      [newKeysName(layer), keys],
      [newValuesName(layer), values],
    ]),
  );
}

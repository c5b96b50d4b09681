/**
 * Attention of decoding: fed tokens attend to the cached ones of their row, gathered from the pools by slot, and to what
 * was fed before them in the same run.
 */
import {
  add,
  and,
  concat,
  constant,
  gatherRows,
  less,
  matmul,
  mul,
  reshape,
  slice,
  softmax,
  sub,
  transpose,
  where,
} from "../engine/ops.ts";
import { extentOf } from "../engine/shape.ts";
import type { Value } from "../engine/value.ts";
import type { ModelConfig } from "./config.ts";
import { HIDDEN } from "./forest-attention.ts";
import type { Heads } from "./transformer.ts";

/** Rows B, tokens C a row feeds at once, cached tokens K of each row. */
export interface AttentionShape {
  readonly rows: number;
  readonly fed: number;
  readonly cached: number;
}

/** Keys and values of one layer, heads before tokens: N of the cached or of the fed tokens. */
export interface KeysValues {
  readonly k_BGNE: Value;
  readonly v_BGNE: Value;
}

/** The cached tokens of a layer, and what is added to their scores (`cachedBias`); null where nothing is cached. */
export type Cached = (KeysValues & { readonly bias_BCK: Value }) | null;

/**
 * [B, C or 1, K]: 0 for those of the cached tokens that a fed token sees: the first `length` of its row, as far back as
 * `window` reaches. `draw`: how many tokens the same run has fed before.
 */
export function cachedBias(
  { rows: B, fed: C, cached: K }: AttentionShape,
  length_B: Value,
  window: number | null,
  draw: number,
): Value {
  const places = constant([...Array(K).keys()], [1, 1, K], "i32");
  const length_B11 = reshape(length_B, [B, 1, 1]);
  const filled = less(places, length_B11);
  if (window === null) return where(filled, 0, HIDDEN);
  const position = add(length_B11, constant([...Array(C).keys()], [1, C, 1], "i32"));
  return where(and(filled, less(sub(add(position, draw), places), window)), 0, HIDDEN);
}

/** Those of a pool [tokens, G · E] in the order of `slots_BK`, gathered head by head: nothing is transposed. */
export function gatherCached(
  { num_key_value_heads: G, head_dim: E }: ModelConfig,
  pools: { readonly keys: Value; readonly values: Value },
  slots_BK: Value,
): KeysValues {
  const [B = 0, K = 0] = slots_BK.shape;
  const heads = constant([...Array(G).keys()], [1, G, 1], "i32");
  const rows_BGK = add(mul(reshape(slots_BK, [B, 1, K]), G), heads);
  const gathered = (pool: Value): Value => gatherRows(reshape(pool, [-1, E]), rows_BGK);
  return { k_BGNE: gathered(pools.keys), v_BGNE: gathered(pools.values) };
}

/** Keys and values of C fed tokens a row. */
export function fedStates(
  { num_key_value_heads: G, head_dim: E }: ModelConfig,
  { rows: B, fed: C }: AttentionShape,
  { k_TGE, v_TGE }: Heads,
): KeysValues {
  const headsFirst = (x_TGE: Value): Value => transpose(reshape(x_TGE, [B, C, G, E]), [0, 2, 1, 3]);
  return { k_BGNE: headsFirst(k_TGE), v_BGNE: headsFirst(v_TGE) };
}

/** As they are stored: those of a row together, [B · N, G · E]. */
export function storedStates({ k_BGNE, v_BGNE }: KeysValues): { readonly keys: Value; readonly values: Value } {
  const [B = 0, G = 0, N = 0, E = 0] = k_BGNE.shape;
  const rows = (x_BGNE: Value): Value => reshape(transpose(x_BGNE, [0, 2, 1, 3]), [B * N, G * E]);
  return { keys: rows(k_BGNE), values: rows(v_BGNE) };
}

/** 0 where a token `ahead` tokens after another sees it. */
function ownBias(ahead: number, window: number | null): number {
  return ahead >= 0 && (window === null || ahead < window) ? 0 : HIDDEN;
}

/** A chunk of C tokens a row, which also attend to each other. */
export function attendChunk(
  { num_attention_heads: H, num_key_value_heads: G, head_dim: E, sliding_window: window }: ModelConfig,
  { rows: B, fed: C, cached: K }: AttentionShape,
  q_THE: Value,
  fed: KeysValues,
  cached: Cached,
): Value {
  const M = H / G;
  const q_BGLE = reshape(transpose(reshape(q_THE, [B, C, G, M, E]), [0, 2, 3, 1, 4]), [B, G, M * C, E]);
  const scores = (keys: Value): Value => matmul(q_BGLE, keys, { transposeB: true, alpha: 1 / Math.sqrt(E) });
  const masked = (x: Value, bias: Value, tokens: number): Value =>
    reshape(add(reshape(x, [B, G, M, C, tokens]), bias), [B, G, M * C, tokens]);
  const own = masked(scores(fed.k_BGNE), causalBias(C, window), C);
  const out = cached === null ? matmul(softmax(own), fed.v_BGNE) : attendBoth(cached);
  return reshape(transpose(reshape(out, [B, G, M, C, E]), [0, 3, 1, 2, 4]), [B * C, H * E]);

  function attendBoth({ k_BGNE, v_BGNE, bias_BCK }: NonNullable<Cached>): Value {
    // Scores are joined, not keys: they are smaller by far.
    const old = masked(scores(k_BGNE), reshape(bias_BCK, [B, 1, 1, -1, K]), K);
    const weights = softmax(concat([old, own], 3));
    const fromCached = matmul(slice(weights, 3, 0, K), v_BGNE);
    return add(fromCached, matmul(slice(weights, 3, K, K + C), fed.v_BGNE));
  }
}

/** [1, 1, 1, C, C]. */
function causalBias(C: number, window: number | null): Value {
  const order = [...Array(C).keys()];
  return constant(
    order.flatMap((query) => order.map((key) => ownBias(query - key, window))),
    [1, 1, 1, C, C],
  );
}

/**
 * One token a row, which attends to the cached tokens and to all of `fed` (itself the last). Each query head is a product of
 * its own, one row by the keys of its group: with several rows, or a factor, ONNX Runtime first copies the keys into panels,
 * which at few rows takes longer than the product.
 */
export function attendOne(
  { num_attention_heads: H, num_key_value_heads: G, head_dim: E, sliding_window: window }: ModelConfig,
  { rows: B, cached: K }: AttentionShape,
  q_THE: Value,
  fed: KeysValues,
  cached: Cached,
): Value {
  const q_BGM1E = mul(reshape(q_THE, [B, G, H / G, 1, E]), 1 / Math.sqrt(E));
  const scores = (k_BGNE: Value): Value => matmul(q_BGM1E, forEachHead(k_BGNE), { transposeB: true });
  const own = inWindow(scores(fed.k_BGNE), window);
  const out_BGM1E = cached === null ? matmul(softmax(own), forEachHead(fed.v_BGNE)) : attendBoth(cached);
  return reshape(out_BGM1E, [B, H * E]);

  function attendBoth({ k_BGNE, v_BGNE, bias_BCK }: NonNullable<Cached>): Value {
    const old = add(scores(k_BGNE), reshape(bias_BCK, [B, 1, 1, 1, K]));
    const weights = softmax(concat([old, own], 4));
    const all = extentOf(weights.shape, -1);
    const fromCached = matmul(slice(weights, 4, 0, K), forEachHead(v_BGNE));
    return add(fromCached, matmul(slice(weights, 4, K, all), forEachHead(fed.v_BGNE)));
  }
}

/** [B, G, 1, N, E]: shared by the query heads of the group. */
function forEachHead(x_BGNE: Value): Value {
  const [B = 0, G = 0, N = 0, E = 0] = x_BGNE.shape;
  return reshape(x_BGNE, [B, G, 1, N, E]);
}

/** Scores of the last fed token with all N of them on the last axis; those too far back are hidden. */
function inWindow(scores: Value, window: number | null): Value {
  const N = extentOf(scores.shape, -1);
  if (window === null || N <= window) return scores;
  return add(
    scores,
    constant(
      Array.from({ length: N }, (_, i) => ownBias(N - 1 - i, window)),
      [N],
    ),
  );
}

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
  sum,
  transpose,
  where,
} from "../engine/ops.ts";
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

/** Keys and values of one layer, one row a token: D = G · E. */
export interface KeysValues {
  readonly k_BKD: Value;
  readonly v_BKD: Value;
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

/** Rows of a pool [tokens, D] in the order of `slots_BK`. */
export function gatherCached(pools: { readonly keys: Value; readonly values: Value }, slots_BK: Value): KeysValues {
  return { k_BKD: gatherRows(pools.keys, slots_BK), v_BKD: gatherRows(pools.values, slots_BK) };
}

/** 0 where a token `ahead` tokens after another sees it. */
function ownBias(ahead: number, window: number | null): number {
  return ahead >= 0 && (window === null || ahead < window) ? 0 : HIDDEN;
}

/** A chunk of C tokens a row, which also attend to each other; keys and values are put in order of heads first. */
export function attendChunk(
  { num_attention_heads: H, num_key_value_heads: G, head_dim: E, sliding_window: window }: ModelConfig,
  { rows: B, fed: C, cached: K }: AttentionShape,
  { q_THE, k_TGE, v_TGE }: Heads,
  cached: Cached,
): Value {
  const M = H / G;
  const q_BGLE = reshape(transpose(reshape(q_THE, [B, C, G, M, E]), [0, 2, 3, 1, 4]), [B, G, M * C, E]);
  const byHead = (x: Value, tokens: number): Value => transpose(reshape(x, [B, tokens, G, E]), [0, 2, 1, 3]);
  const scores = (keys: Value): Value => matmul(q_BGLE, keys, { transposeB: true, alpha: 1 / Math.sqrt(E) });
  const masked = (x: Value, bias: Value, tokens: number): Value =>
    reshape(add(reshape(x, [B, G, M, C, tokens]), bias), [B, G, M * C, tokens]);
  const own = masked(scores(byHead(k_TGE, C)), causalBias(C, window), C);
  const fed_BGCE = byHead(v_TGE, C);
  const out = cached === null ? matmul(softmax(own), fed_BGCE) : attendBoth(cached);
  return reshape(transpose(reshape(out, [B, G, M, C, E]), [0, 3, 1, 2, 4]), [B * C, H * E]);

  function attendBoth({ k_BKD, v_BKD, bias_BCK }: NonNullable<Cached>): Value {
    // Scores are joined, not keys: they are smaller by far.
    const old = masked(scores(byHead(k_BKD, K)), reshape(bias_BCK, [B, 1, 1, -1, K]), K);
    const weights = softmax(concat([old, own], 3));
    const fromCached = matmul(slice(weights, 3, 0, K), byHead(v_BKD, K));
    return add(fromCached, matmul(slice(weights, 3, K, K + C), fed_BGCE));
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
 * One token a row, which attends to the cached tokens and to all of `fed` (itself the last). Keys and values are used as
 * they come, [B, tokens, D]: each query is laid into its head's columns among zeros, which multiplies a little more and
 * moves a lot less (transposes cost more than all else together).
 */
export function attendOne(
  { num_attention_heads: H, num_key_value_heads: G, head_dim: E, sliding_window: window }: ModelConfig,
  { rows: B, cached: K }: AttentionShape,
  q_THE: Value,
  fed: KeysValues,
  cached: Cached,
): Value {
  const D = G * E;
  const own_1HG1 = ownColumns(H, G);
  const q_BHD = reshape(mul(reshape(q_THE, [B, H, 1, E]), own_1HG1), [B, H, D]);
  const scores = (keys: Value): Value => matmul(q_BHD, keys, { transposeB: true, alpha: 1 / Math.sqrt(E) });
  const own = inWindow(scores(fed.k_BKD), window);
  const out_BHD = cached === null ? matmul(softmax(own), fed.v_BKD) : attendBoth(cached);
  return reshape(sum(mul(reshape(out_BHD, [B, H, G, E]), own_1HG1), [2]), [B, H * E]);

  function attendBoth({ k_BKD, v_BKD, bias_BCK }: NonNullable<Cached>): Value {
    const weights = softmax(concat([add(scores(k_BKD), bias_BCK), own], 2));
    const all = K + (fed.k_BKD.shape[1] ?? 0);
    return add(matmul(slice(weights, 2, 0, K), v_BKD), matmul(slice(weights, 2, K, all), fed.v_BKD));
  }
}

/** Scores of the last fed token with all of them, [B, H, N]; those too far back are hidden. */
function inWindow(scores_BHN: Value, window: number | null): Value {
  const N = scores_BHN.shape[2] ?? 0;
  if (window === null || N <= window) return scores_BHN;
  const bias = Array.from({ length: N }, (_, i) => ownBias(N - 1 - i, window));
  return add(scores_BHN, constant(bias, [1, 1, N]));
}

/** [1, H, G, 1]: 1 where the query head reads the key/value head. */
function ownColumns(H: number, G: number): Value {
  const heads = [...Array(H).keys()];
  return constant(
    heads.flatMap((head) => Array.from({ length: G }, (_, group) => (Math.floor((head * G) / H) === group ? 1 : 0))),
    [1, H, G, 1],
  );
}

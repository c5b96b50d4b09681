/**
 * Drawing from a distribution by its inverse cumulative probabilities, in two levels: first the block of tokens, then the
 * token in it. A running sum over the whole vocabulary has to go one by one and took longer than the vocabulary's product.
 * Axes: B rows, V tokens, N blocks of M tokens.
 */
import {
  add,
  cast,
  constant,
  cumsum,
  gatherRows,
  lessEqual,
  max,
  minimum,
  mul,
  pad,
  reshape,
  slice,
  sub,
  sum,
  where,
} from "../engine/ops.ts";
import type { Value } from "../engine/value.ts";

/** Largest float32 below 1: x times it is below x. */
export const LAST_UNIFORM = 1 - 2 ** -24;

/**
 * For each row the token, i32 [B], at which the running sum of probabilities_BV exceeds uniform_B (below 1) of their total;
 * its probability is above 0.
 */
export function inverseCdf(probabilities_BV: Value, uniform_B: Value): Value {
  const [B = 0, V = 0] = probabilities_BV.shape;
  const M = Math.min(V, 2 ** Math.ceil(Math.log2(Math.sqrt(V))));
  const N = Math.ceil(V / M);
  const blocks_BNM = reshape(pad(probabilities_BV, 1, 0, N * M - V), [B, N, M]);
  const upTo_BN = cumsum(sum(blocks_BNM, [2]), 1);
  const threshold_B1 = mul(reshape(uniform_B, [B, 1]), last(upTo_BN));
  const block_B = countUpTo(upTo_BN, threshold_B1);
  const before_B1 = max(where(lessEqual(upTo_BN, threshold_B1), upTo_BN, 0), [1], true);
  const rowStarts_B = constant(
    Array.from({ length: B }, (_, b) => b * N),
    [B],
    "i32",
  );
  const inBlock_BM = cumsum(gatherRows(reshape(blocks_BNM, [B * N, M]), add(rowStarts_B, block_B)), 1);
  // Sums of a block and of its parts are rounded apart: without the bound a draw could fall off the block's end.
  const rest_B1 = minimum(sub(threshold_B1, before_B1), mul(last(inBlock_BM), LAST_UNIFORM));
  return add(mul(block_B, M), countUpTo(inBlock_BM, rest_B1));
}

/** How many of each row's numbers are no larger; at most its length less one. */
function countUpTo(x_BN: Value, limit_B1: Value): Value {
  return minimum(sum(cast(lessEqual(x_BN, limit_B1), "i32"), [1]), (x_BN.shape[1] ?? 0) - 1);
}

/** The last column, [B, 1]. */
function last(x_BN: Value): Value {
  const N = x_BN.shape[1] ?? 0;
  return slice(x_BN, 1, N - 1, N);
}

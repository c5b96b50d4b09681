/**
 * Attention of a packed forest (AEPO-L6): a token sees its ancestors and itself, never a sibling branch or another tree.
 * Ancestry is an interval test: in depth-first order a token a is an ancestor of q (or q) iff enter(a) ≤ enter(q) < exit(a).
 * With a sliding window an ancestor must also be near enough; the i-th ancestor of a block stands at position i.
 */
import {
  add,
  and,
  concat,
  constant,
  gatherRows,
  input,
  less,
  lessEqual,
  matmul,
  reshape,
  slice,
  softmax,
  sub,
  transpose,
  where,
} from "../engine/ops.ts";
import type { Value } from "../engine/value.ts";
import type { ModelConfig } from "./config.ts";
import type { ForestShape, Segment } from "./forest-shape.ts";
import type { Attention, Heads } from "./transformer.ts";

/** Added to the score of a key that a query must not see. */
export const HIDDEN = -1e30;

/** One segment of rows with its first row, its ancestors' flat indices [R, A] and the mask [R, 1, 1, Q, A + Q]. */
interface SegmentInputs extends Segment {
  readonly firstRow: number;
  readonly ancestors_RA: Value | null;
  readonly bias_R11QK: Value;
}

/** What masks are made of, per token. */
interface Places {
  readonly enter_T: Value;
  readonly exit_T: Value;
  readonly positions_T: Value;
}

/** Inputs it makes: enter_T, exit_T, and per segment i ancestors_i, ancestorEnter_i, ancestorExit_i (all i32). */
export function forestAttention(config: ModelConfig, shape: ForestShape, positions_T: Value): Attention {
  const enter_T = input("enter_T", [shape.tokens], "i32");
  const exit_T = input("exit_T", [shape.tokens], "i32");
  let firstRow = 0;
  const segments = shape.segments.map((segment, index) => {
    const places = { enter_T, exit_T, positions_T };
    const inputs = segmentInputs(config, shape, { ...segment, index, firstRow }, places);
    firstRow += segment.rows;
    return inputs;
  });
  return (heads) => {
    const attended = segments.map((segment) => attendSegment(config, shape, segment, heads));
    return concat(attended, 0);
  };
}

function segmentInputs(
  { sliding_window: window }: ModelConfig,
  { blockTokens: Q }: ForestShape,
  { index, ...segment }: Segment & { readonly index: number; readonly firstRow: number },
  { enter_T, exit_T, positions_T }: Places,
): SegmentInputs {
  const { rows: R, ancestors: A, firstRow } = segment;
  const own = (x_T: Value): Value => slice(x_T, 0, firstRow * Q, (firstRow + R) * Q);
  const queries_RQ1 = reshape(own(enter_T), [R, Q, 1]);
  const near = (mask: Value, keyPositions: () => Value): Value => {
    if (window === null) return mask;
    return and(mask, less(sub(reshape(own(positions_T), [R, Q, 1]), keyPositions()), window));
  };
  const ownMask = near(isAncestor(reshape(own(enter_T), [R, 1, Q]), queries_RQ1, reshape(own(exit_T), [R, 1, Q])), () =>
    reshape(own(positions_T), [R, 1, Q]),
  );
  if (A === 0) return { ...segment, ancestors_RA: null, bias_R11QK: biasOf([ownMask]) };
  const given = (name: string): Value => input(`${name}_${index}`, [R, A], "i32");
  const enter = reshape(given("ancestorEnter"), [R, 1, A]);
  const exit = reshape(given("ancestorExit"), [R, 1, A]);
  const mask = near(isAncestor(enter, queries_RQ1, exit), () => constant([...Array(A).keys()], [1, 1, A], "i32"));
  return {
    ...segment,
    ancestors_RA: given("ancestors"),
    bias_R11QK: biasOf([mask, ownMask]),
  };
}

function isAncestor(enter: Value, query: Value, exit: Value): Value {
  return and(lessEqual(enter, query), less(query, exit));
}

function biasOf(masks_RQK: readonly Value[]): Value {
  const bias = concat(
    masks_RQK.map((mask) => where(mask, 0, HIDDEN)),
    2,
  );
  const [R = 0, Q = 0, K = 0] = bias.shape;
  return reshape(bias, [R, 1, 1, Q, K]);
}

/** [R · Q, H · E]. Queries of one key/value head are stacked, so grouped heads multiply as one matrix. */
function attendSegment(
  config: ModelConfig,
  shape: ForestShape,
  segment: SegmentInputs,
  { q_THE, k_TGE, v_TGE }: Heads,
): Value {
  const { num_attention_heads: H, num_key_value_heads: G, head_dim: E } = config;
  const { blockTokens: Q } = shape;
  const { rows: R, ancestors_RA, bias_R11QK } = segment;
  const M = H / G;
  const K = segment.ancestors + Q;
  const rowsOf = (x: Value): Value => slice(x, 0, segment.firstRow * Q, (segment.firstRow + R) * Q);
  const q_RGLE = reshape(transpose(reshape(rowsOf(q_THE), [R, Q, G, M, E]), [0, 2, 3, 1, 4]), [R, G, M * Q, E]);
  const keysOf = (x_TGE: Value): Value => {
    const own = reshape(rowsOf(x_TGE), [R, Q, G, E]);
    const all = ancestors_RA === null ? own : concat([gatherRows(x_TGE, ancestors_RA), own], 1);
    // [R, G, E, K]: stored this way the products of the backward pass transpose the narrow operand, never the wide scores.
    return reshape(transpose(reshape(all, [R, K, G * E]), [0, 2, 1]), [R, G, E, K]);
  };
  const scores = matmul(q_RGLE, keysOf(k_TGE), { alpha: 1 / Math.sqrt(E) });
  const masked = add(reshape(scores, [R, G, M, Q, K]), bias_R11QK);
  const out_RGLE = matmul(softmax(reshape(masked, [R, G, M * Q, K])), keysOf(v_TGE), { transposeB: true });
  return reshape(transpose(reshape(out_RGLE, [R, G, M, Q, E]), [0, 3, 1, 2, 4]), [R * Q, H * E]);
}

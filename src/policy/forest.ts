/**
 * Packs a micro-batch of trees into the tensors that `forest-graph.ts` names (AEPO-L6): each token once, in depth-first
 * order (`forest-places.ts`), in blocks sorted by their number of ancestors. Padding tokens see only themselves; padding
 * path-tokens have weight 0 and belong to a path of their own.
 */
import type { HostTensor } from "../engine/runtime/runtime.ts";
import { BLOCK_TOKENS, type ForestShape, forestShape } from "./forest-shape.ts";
import { forestPlaces } from "./forest-places.ts";
import { markPath, type Piece } from "./micro-batches.ts";
import type { LossTree } from "./policy.ts";

export type Tensors = Record<string, HostTensor>;

export interface PackedForest {
  readonly shape: ForestShape;
  /** Unique tokens, padding not counted. */
  readonly tokens: number;
  /** Inputs of the scoring graph, by name. */
  readonly scoring: Tensors;
  /** Further inputs of the training graph. */
  readonly training: Tensors;
  /** For each packed path: where its trained tokens are on axis S. */
  readonly paths: readonly PackedPath[];
}

export interface PackedPath {
  readonly tree: number;
  readonly path: number;
  readonly scored: Int32Array;
}

/** The forest in depth-first order: one entry a place, none where a place is left empty. */
interface OrderedTokens {
  readonly ids: number[];
  readonly positions: number[];
  /** Place of the parent in this order, or −1. */
  readonly parents: number[];
  readonly exits: number[];
}

/** `temperatures`: of each tree. */
export function packForest(
  trees: readonly LossTree[],
  pieces: readonly Piece[],
  temperatures: readonly number[],
  blockTokens: number = BLOCK_TOKENS,
): PackedForest {
  const ordered: OrderedTokens = {
    ids: [],
    positions: [],
    parents: [],
    exits: [],
  };
  const scored: ScoredPosition[] = [];
  const paths: PackedPath[] = [];
  let tokens = 0;
  for (const piece of pieces) {
    const tree = trees[piece.tree];
    if (tree === undefined) continue;
    tokens += addPiece(tree, piece, 1 / (temperatures[piece.tree] ?? 1), { ordered, scored, paths, blockTokens });
  }
  const blocks = sortedBlocks(ordered, blockTokens);
  const counts = {
    scored: scored.length,
    pathTokens: paths.reduce((sum, path) => sum + path.scored.length, 0),
    paths: paths.length,
  };
  const shape = forestShape(
    blocks.map(({ ancestors }) => ancestors.length),
    counts,
    blockTokens,
  );
  return {
    shape,
    tokens,
    scoring: scoringTensors(ordered, scored, blocks, shape),
    training: trainingTensors(trees, paths, shape),
    paths,
  };
}

interface ScoredPosition {
  /** Place in depth-first order of the token it is predicted from. */
  readonly predecessor: number;
  readonly target: number;
  readonly inverseTemperature: number;
}

interface Packing {
  readonly ordered: OrderedTokens;
  readonly scored: ScoredPosition[];
  readonly paths: PackedPath[];
  readonly blockTokens: number;
}

/** Returns the number of its tokens. */
function addPiece(
  tree: LossTree,
  piece: Piece,
  inverseTemperature: number,
  { ordered, scored, paths, blockTokens }: Packing,
): number {
  const mark = new Uint8Array(tree.ids.length);
  for (const path of piece.paths) markPath(tree, path, mark);
  const { enter, exit, count } = forestPlaces(tree.parents, mark, ordered.ids.length, blockTokens);
  for (let i = 0; i < mark.length; i++) {
    if (mark[i] === 0) continue;
    const place = enter[i] ?? 0;
    const parent = tree.parents[i] ?? -1;
    const parentPlace = parent < 0 ? -1 : (enter[parent] ?? 0);
    ordered.ids[place] = tree.ids[i] ?? 0;
    ordered.parents[place] = parentPlace;
    ordered.positions[place] = parent < 0 ? 0 : (ordered.positions[parentPlace] ?? 0) + 1;
    ordered.exits[place] = exit[i] ?? 0;
  }
  const scoredAt = new Int32Array(tree.ids.length).fill(-1);
  for (const path of piece.paths) {
    const tokens = tree.paths[path]?.tokens ?? new Int32Array();
    const places = tokens.map((token) => {
      const known = scoredAt[token] ?? -1;
      if (known >= 0) return known;
      const predecessor = enter[tree.parents[token] ?? 0] ?? 0;
      scoredAt[token] = scored.length;
      return (
        scored.push({
          predecessor,
          target: tree.ids[token] ?? 0,
          inverseTemperature,
        }) - 1
      );
    });
    paths.push({ tree: piece.tree, path, scored: places });
  }
  return count;
}

interface Block {
  /** Its first token's place in depth-first order. */
  readonly first: number;
  /** Places of the first token's ancestors. */
  readonly ancestors: readonly number[];
}

/** Blocks by number of ancestors, ascending; equal ones in depth-first order. */
function sortedBlocks({ ids, parents }: OrderedTokens, blockTokens: number): Block[] {
  const blocks: Block[] = [];
  for (let first = 0; first < ids.length; first += blockTokens) {
    const ancestors: number[] = [];
    for (let i = parents[first] ?? -1; i >= 0; i = parents[i] ?? -1) ancestors.push(i);
    blocks.push({ first, ancestors: ancestors.reverse() });
  }
  return blocks.sort((a, b) => a.ancestors.length - b.ancestors.length || a.first - b.first);
}

function scoringTensors(
  { ids, positions, exits }: OrderedTokens,
  scored: readonly ScoredPosition[],
  blocks: readonly Block[],
  shape: ForestShape,
): Tensors {
  const { tokens: T, blockTokens: Q, scored: S } = shape;
  const rows = T / Q;
  const padding = rows - blocks.length;
  // Flat index of each place in depth-first order.
  const flat = new Int32Array(T);
  const [ids_T, positions_T, enter_T, exit_T] = [
    new Int32Array(T),
    new Int32Array(T),
    new Int32Array(T),
    new Int32Array(T),
  ];
  for (let row = 0; row < rows; row++) {
    // Padding rows come first and stand after the last token in depth-first order.
    const first = blocks[row - padding]?.first ?? (blocks.length + row) * Q;
    for (let offset = 0; offset < Q; offset++) {
      const [at, place] = [row * Q + offset, first + offset];
      flat[place] = at;
      ids_T[at] = ids[place] ?? 0;
      positions_T[at] = positions[place] ?? 0;
      enter_T[at] = place;
      exit_T[at] = exits[place] ?? place + 1;
    }
  }
  const [predecessor_S, target_S] = [new Int32Array(S), new Int32Array(S)];
  const inverseTemperature_S = new Float32Array(S).fill(1);
  for (const [i, { predecessor, target, inverseTemperature }] of scored.entries()) {
    predecessor_S[i] = flat[predecessor] ?? 0;
    target_S[i] = target;
    inverseTemperature_S[i] = inverseTemperature;
  }
  return {
    ids_T: ints(ids_T),
    positions_T: ints(positions_T),
    enter_T: ints(enter_T),
    exit_T: ints(exit_T),
    predecessor_S: ints(predecessor_S),
    target_S: ints(target_S),
    inverseTemperature_S: floats(inverseTemperature_S),
    ...ancestorTensors(blocks, padding, exits, flat, shape),
  };
}

function ancestorTensors(
  blocks: readonly Block[],
  padding: number,
  exits: readonly number[],
  flat: Int32Array,
  { segments }: ForestShape,
): Tensors {
  const tensors: Tensors = {};
  let firstRow = 0;
  for (const [index, { rows, ancestors: A }] of segments.entries()) {
    if (A > 0) {
      const [places, enter, exit] = [
        new Int32Array(rows * A),
        new Int32Array(rows * A).fill(1),
        new Int32Array(rows * A),
      ];
      for (let row = 0; row < rows; row++) {
        for (const [i, place] of (blocks[firstRow + row - padding]?.ancestors ?? []).entries()) {
          places[row * A + i] = flat[place] ?? 0;
          enter[row * A + i] = place;
          exit[row * A + i] = exits[place] ?? 0;
        }
      }
      tensors[`ancestors_${index}`] = ints(places, [rows, A]);
      tensors[`ancestorEnter_${index}`] = ints(enter, [rows, A]);
      tensors[`ancestorExit_${index}`] = ints(exit, [rows, A]);
    }
    firstRow += rows;
  }
  return tensors;
}

function trainingTensors(trees: readonly LossTree[], paths: readonly PackedPath[], shape: ForestShape): Tensors {
  const N = shape.pathTokens;
  const source_N = new Int32Array(N);
  const path_N = new Int32Array(N).fill(shape.paths - 1);
  const zeros = (): Float32Array => new Float32Array(N);
  const [oldLogprobs_N, advantages_N, referenceLogprobs_N, weights_N] = [zeros(), zeros(), zeros(), zeros()];
  const [oldValues_N, returns_N] = [zeros(), zeros()];
  let n = 0;
  for (const [index, { tree, path, scored }] of paths.entries()) {
    const from = trees[tree]?.paths[path];
    if (from === undefined) continue;
    source_N.set(scored, n);
    path_N.fill(index, n, n + scored.length);
    oldLogprobs_N.set(from.oldLogprobs, n);
    advantages_N.set(from.advantages, n);
    if (from.referenceLogprobs !== undefined) referenceLogprobs_N.set(from.referenceLogprobs, n);
    weights_N.set(from.weights, n);
    oldValues_N.set(from.targets?.oldValues ?? [], n);
    returns_N.set(from.targets?.returns ?? [], n);
    n += scored.length;
  }
  return {
    source_N: ints(source_N),
    path_N: ints(path_N),
    oldLogprobs_N: floats(oldLogprobs_N),
    advantages_N: floats(advantages_N),
    referenceLogprobs_N: floats(referenceLogprobs_N),
    weights_N: floats(weights_N),
    oldValues_N: floats(oldValues_N),
    returns_N: floats(returns_N),
  };
}

export function ints(data: Int32Array, shape: readonly number[] = [data.length]): HostTensor {
  return { dtype: "i32", shape, data };
}

export function floats(data: Float32Array, shape: readonly number[] = [data.length]): HostTensor {
  return { dtype: "f32", shape, data };
}

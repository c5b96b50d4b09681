/**
 * Where the tokens of a packed forest stand: in depth-first order, but a branch that would begin in the last few places of a
 * block begins with the next one. Paths of one length (a group that ran into its token limit) then cut into blocks alike, and
 * no block begins deep inside a path for want of a token or two.
 */
import { depthFirst } from "./micro-batches.ts";

/** At most this share of a block is left empty for a branch. */
const EMPTY_SHARE = 1 / 16;

export interface ForestPlaces {
  /** Place of each marked token. */
  readonly enter: Int32Array;
  /** One past the place of its last descendant. */
  readonly exit: Int32Array;
  /** Marked tokens. */
  readonly count: number;
}

/** Of the marked tokens of a tree that follows `first` places. */
export function forestPlaces(parents: Int32Array, mark: Uint8Array, first: number, blockTokens: number): ForestPlaces {
  const dense = depthFirst(parents, mark);
  const places = new Int32Array(dense.count);
  const tokens = new Int32Array(dense.count);
  for (const [token, isMarked] of mark.entries()) if (isMarked === 1) tokens[dense.enter[token] ?? 0] = token;
  let place = first;
  for (const [order, token] of tokens.entries()) {
    const parent = parents[token] ?? -1;
    const beginsBranch = parent < 0 || dense.enter[parent] !== order - 1;
    const rest = (blockTokens - (place % blockTokens)) % blockTokens;
    if (beginsBranch && rest <= blockTokens * EMPTY_SHARE) place += rest;
    places[order] = place++;
  }
  return {
    enter: dense.enter.map((order) => places[order] ?? 0),
    exit: dense.exit.map((end) => (places[end - 1] ?? 0) + 1),
    count: dense.count,
  };
}

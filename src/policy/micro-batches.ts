/**
 * Cuts trees into micro-batches of at most a number of unique tokens (AEPO-L6). A tree that fits stays whole; one that does
 * not is cut between paths, neighbours together, so that most prefixes stay shared. A path is never cut: one longer than
 * the limit is a micro-batch of its own. Deterministic, and balanced so that few shapes occur.
 */
import type { LossTree } from "./policy.ts";

/** Some paths of one tree, with the number of tokens that must be computed for them. */
export interface Piece {
  /** Index in the list of trees. */
  readonly tree: number;
  /** Indices of paths of that tree, ascending. */
  readonly paths: readonly number[];
  readonly tokens: number;
}

export function cutMicroBatches(trees: readonly LossTree[], limit: number): Piece[][] {
  return balanced(
    trees.flatMap((tree, index) => cutTree(tree, index, limit)),
    limit,
  );
}

/** Marks the tokens to compute for a path that `mark` has not yet: up to the one its last trained token is predicted from. */
export function markPath(tree: LossTree, path: number, mark: Uint8Array): number {
  const last = tree.paths[path]?.tokens.at(-1);
  let added = 0;
  let i = last === undefined ? -1 : (tree.parents[last] ?? -1);
  for (; i >= 0 && mark[i] === 0; i = tree.parents[i] ?? -1) {
    mark[i] = 1;
    added++;
  }
  return added;
}

function cutTree(tree: LossTree, index: number, limit: number): Piece[] {
  const pieces: Piece[] = [];
  const mark = new Uint8Array(tree.ids.length);
  let paths: number[] = [];
  let tokens = 0;
  const close = (): void => {
    if (tokens > 0) pieces.push({ tree: index, paths: paths.sort((a, b) => a - b), tokens });
    mark.fill(0);
    paths = [];
    tokens = 0;
  };
  for (const path of neighbours(tree)) {
    const added = markPath(tree, path, mark);
    if (tokens > 0 && tokens + added > limit) {
      close();
      tokens = markPath(tree, path, mark);
    } else {
      tokens += added;
    }
    paths.push(path);
  }
  close();
  return pieces;
}

/** Paths with something to train, in depth-first order of their leaves: neighbours share the longest prefixes. */
function neighbours(tree: LossTree): number[] {
  const enter = depthFirst(tree.parents, new Uint8Array(tree.parents.length).fill(1)).enter;
  const order = tree.paths.flatMap((path, index) => (path.tokens.length > 0 ? [index] : []));
  const place = (path: number): number => enter[tree.paths[path]?.leaf ?? 0] ?? 0;
  return order.sort((a, b) => place(a) - place(b) || a - b);
}

/** Puts the largest piece into the emptiest of as few bins as can be; pieces keep their order within a bin. */
function balanced(pieces: readonly Piece[], limit: number): Piece[][] {
  if (pieces.length === 0) return [];
  const total = pieces.reduce((sum, { tokens }) => sum + tokens, 0);
  const bySize = [...pieces.keys()].sort((a, b) => (pieces[b]?.tokens ?? 0) - (pieces[a]?.tokens ?? 0) || a - b);
  for (let count = Math.max(1, Math.ceil(total / limit)); ; count++) {
    const bins = Array.from({ length: Math.min(count, pieces.length) }, () => ({
      tokens: 0,
      members: [] as number[],
    }));
    for (const member of bySize) {
      const bin = bins.reduce((least, candidate) => (candidate.tokens < least.tokens ? candidate : least));
      bin.members.push(member);
      bin.tokens += pieces[member]?.tokens ?? 0;
    }
    if (count < pieces.length && bins.some(({ tokens }) => tokens > limit)) continue;
    return bins.map(({ members }) => members.sort((a, b) => a - b).flatMap((member) => pieces[member] ?? []));
  }
}

/** Depth-first numbering of the marked tokens: `enter` is the place in that order, `exit` one past the last descendant's. */
export function depthFirst(
  parents: Int32Array,
  mark: Uint8Array,
): {
  readonly enter: Int32Array;
  readonly exit: Int32Array;
  readonly count: number;
} {
  const size = new Int32Array(parents.length);
  for (let i = parents.length - 1; i >= 0; i--) {
    if (mark[i] === 0) continue;
    const total = (size[i] ?? 0) + 1;
    size[i] = total;
    const parent = parents[i] ?? -1;
    if (parent >= 0) size[parent] = (size[parent] ?? 0) + total;
  }
  const enter = new Int32Array(parents.length);
  const exit = new Int32Array(parents.length);
  // Where the next child of each token begins; parents come first, so one pass is enough.
  const cursor = new Int32Array(parents.length);
  let count = 0;
  for (let i = 0; i < parents.length; i++) {
    if (mark[i] === 0) continue;
    const parent = parents[i] ?? -1;
    const begin = parent >= 0 ? (cursor[parent] ?? 0) : count;
    if (parent >= 0) cursor[parent] = begin + (size[i] ?? 0);
    else count += size[i] ?? 0;
    enter[i] = begin;
    exit[i] = begin + (size[i] ?? 0);
    cursor[i] = begin + 1;
  }
  return { enter, exit, count };
}

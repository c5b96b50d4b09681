/**
 * The paths of a tree as sequences of their own: a server knows no trees. Behind the last trained token nothing is sent, since
 * nothing there has a say; a prefix that paths share is sent with each of them.
 */
import type { LossPath, LossTree } from "../../policy/policy.ts";

export interface PathSequence {
  /** Input, and what follows each token of it. */
  readonly tokens: Int32Array;
  readonly targets: Int32Array;
  /** Index among the targets of each trained token of the path, in order. */
  readonly trained: Int32Array;
}

/** Null for a path without trained tokens. The tree has been checked. */
export function pathSequence({ ids, parents }: LossTree, { tokens }: LossPath): PathSequence | null {
  const last = tokens.at(-1);
  if (last === undefined) return null;
  const walk: number[] = [];
  for (let i = last; i >= 0; i = parents[i] ?? -1) walk.push(i);
  walk.reverse();
  const depths = new Map(walk.map((place, depth) => [place, depth]));
  const all = Int32Array.from(walk, (place) => ids[place] ?? 0);
  return {
    tokens: all.slice(0, -1),
    targets: all.slice(1),
    trained: tokens.map((place) => (depths.get(place) ?? 0) - 1),
  };
}

/** A whole sequence, each of its tokens scored but the first. */
export function scoredSequence(ids: readonly number[]): PathSequence {
  return {
    tokens: Int32Array.from(ids.slice(0, -1)),
    targets: Int32Array.from(ids.slice(1)),
    trained: Int32Array.from(ids.slice(1), (_, i) => i),
  };
}

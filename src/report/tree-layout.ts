/**
 * Where the parts of a tree stand: one lane a path, time to the right in tokens, a fork leaving its parent's lane at the
 * end of the tool result it branched at. Forks stand below their parent, the latest first, so that no line crosses a lane.
 */
import { type Decision, type Path, type RolloutTree, type TreeNode, walk } from "../rollout/tree.ts";

/** A node as it stands on the lane that generated it. */
export interface Segment {
  readonly node: TreeNode;
  /** Turn number on the path, from 0. */
  readonly turn: number;
  /** In tokens after the prompt: where the turn starts, where the result starts, where both have ended. */
  readonly start: number;
  readonly resultStart: number;
  readonly end: number;
  /** The decision taken at this node's result, if any (AEPO-R4). */
  readonly decision: Decision | null;
}

export interface Lane {
  readonly path: Path;
  readonly row: number;
  /** Row of the path it was forked from. */
  readonly parentRow: number | null;
  /** The decision that made it. */
  readonly madeBy: Decision | null;
  readonly start: number;
  readonly end: number;
  /** Only what this path generated itself. */
  readonly segments: readonly Segment[];
}

export interface TreeLayout {
  /** By row. */
  readonly lanes: readonly Lane[];
  /** Tokens after the prompt of the longest path. */
  readonly tokens: number;
  readonly turns: number;
}

export function layoutTree(tree: RolloutTree): TreeLayout {
  const decisions = new Map(tree.decisions.map((decision) => [decision.node, decision]));
  const rows = new Map<number, number>();
  const lanes = familyOrder(tree).map((path, row): Lane => {
    rows.set(path.id, row);
    const nodes = place(walk(tree, path.leaf), decisions);
    const own =
      path.origin.kind === "fork" ? nodes.slice(1 + nodes.findIndex(({ node }) => node.id === forkNode(path))) : nodes;
    const start = own[0]?.start ?? nodes.at(-1)?.end ?? 0;
    return {
      path,
      row,
      parentRow: path.origin.kind === "fork" ? (rows.get(path.origin.from) ?? null) : null,
      madeBy: path.origin.kind === "fork" ? (decisions.get(path.origin.at) ?? null) : null,
      start,
      end: own.at(-1)?.end ?? start,
      segments: own,
    };
  });
  const segments = lanes.flatMap((lane) => lane.segments);
  return {
    lanes,
    tokens: segments.reduce((most, { end }) => Math.max(most, end), 1),
    turns: segments.reduce((most, { turn }) => Math.max(most, turn + 1), 1),
  };
}

/** Roots in order of creation, each followed by its forks and theirs; of two forks of a path the later in time first. */
function familyOrder(tree: RolloutTree): Path[] {
  const children = new Map<number, Path[]>();
  for (const path of tree.paths) {
    if (path.origin.kind === "fork") children.set(path.origin.from, [...(children.get(path.origin.from) ?? []), path]);
  }
  const depth = (path: Path): number => walk(tree, forkNode(path)).length;
  const family = (path: Path): Path[] => {
    const forks = [...(children.get(path.id) ?? [])].sort((a, b) => depth(b) - depth(a));
    return [path, ...forks.flatMap(family)];
  };
  return tree.paths.filter(({ origin }) => origin.kind === "root").flatMap(family);
}

function forkNode({ origin }: Path): number {
  return origin.kind === "fork" ? origin.at : 0;
}

function place(nodes: readonly TreeNode[], decisions: ReadonlyMap<number, Decision>): Segment[] {
  let at = 0;
  return nodes.map((node, turn) => {
    const start = at;
    const resultStart = start + (node.turn?.ids.length ?? 0);
    at = resultStart + (node.result?.ids.length ?? 0);
    return {
      node,
      turn,
      start,
      resultStart,
      end: at,
      decision: decisions.get(node.id) ?? null,
    };
  });
}

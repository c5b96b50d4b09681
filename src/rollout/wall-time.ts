/**
 * What wall time did to a tree is recorded data (AEPO-R10): which paths were cut, which calls were given up. Growing the
 * same question again with the record makes the same cuts at the same places, whatever the clock says.
 */
import { type EndReason, ownNodes, type RolloutTree, type TreeNode, walk } from "./tree.ts";

/** Name of a path in random streams and records: its id, or `probe` for a probe that is thrown away. */
export type PathName = number | "probe";

export interface WallTimeRecord {
  /** Paths cut before their next turn, and how many turns they had taken. */
  readonly cuts: readonly { readonly path: PathName; readonly turns: number }[];
  /** Calls given up, by their index on the path, and what the policy was told. */
  readonly late: readonly { readonly path: PathName; readonly call: number; readonly why: string }[];
}

/** The record of a finished tree. */
export function wallTimeOf(tree: RolloutTree): WallTimeRecord {
  const paths = tree.paths.map((path): { name: PathName; end: EndReason; own: TreeNode[]; turns: number } => {
    const own = ownNodes(tree, path);
    const turns = walk(tree, path.leaf).length;
    return { name: path.id, end: path.end, own, turns };
  });
  if (tree.discarded !== undefined) {
    const { nodes, end } = tree.discarded;
    paths.push({ name: "probe", end, own: [...nodes], turns: nodes.length });
  }
  return {
    cuts: paths.flatMap(({ name, end, turns }) => (end === "time-limit" ? [{ path: name, turns }] : [])),
    late: paths.flatMap(({ name, own, turns }) => lateCalls(name, own, turns - own.length)),
  };
}

/** Every node but the last of a path is a call, so the index of a call is the number of turns before it. */
function lateCalls(path: PathName, own: readonly TreeNode[], inherited: number): WallTimeRecord["late"] {
  return own.flatMap(({ result }, i) =>
    result?.timedOut === true ? [{ path, call: inherited + i, why: result.failed ?? "" }] : [],
  );
}

/** Counts of one tree (AEPO-R7): a shared prefix is generated once and counts once, and so does the call before a fork. */
import { type Path, type RolloutTree, type TreeLedger, type TreeNode, walk } from "./tree.ts";

/** `discarded`: nodes of a probe that was thrown away; they were paid for. */
export function ledgerOf(nodes: readonly TreeNode[], paths: readonly Path[], discarded: readonly TreeNode[]): TreeLedger {
  const paid = [...nodes, ...discarded];
  const inherited = paths.flatMap(({ origin }) => (origin.kind === "fork" ? walk({ nodes }, origin.at) : []));
  return {
    generated: tokens(paid),
    shared: tokens(inherited),
    toolCalls: calls(paid),
    toolCallsSaved: calls(inherited),
  };
}

function tokens(nodes: RolloutTree["nodes"]): number {
  return nodes.reduce((sum, { turn }) => sum + (turn?.ids.length ?? 0), 0);
}

function calls(nodes: RolloutTree["nodes"]): number {
  return nodes.filter(({ result }) => result !== null).length;
}

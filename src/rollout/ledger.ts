/** Counts of one tree (AEPO-R7): a shared prefix is generated once and counts once, and so does the call before a fork. */
import { type RolloutTree, type TreeLedger, walk } from "./tree.ts";

/** `replayed`: calls made a second time to have a state again (AEPO-R8). What was thrown away was paid for too. */
export function ledgerOf(
  tree: Pick<RolloutTree, "nodes" | "paths" | "discarded" | "rootTurn">,
  replayed: number,
): TreeLedger {
  const paid = [...tree.nodes, ...(tree.discarded?.nodes ?? [])];
  const inherited = tree.paths.flatMap(({ origin }) => (origin.kind === "fork" ? walk(tree, origin.at) : []));
  return {
    generated: tokens(paid) + (tree.rootTurn?.ids.length ?? 0),
    shared: tokens(inherited),
    toolCalls: calls(paid) + replayed,
    toolCallsSaved: calls(inherited) - replayed,
  };
}

function tokens(nodes: RolloutTree["nodes"]): number {
  return nodes.reduce((sum, { turn }) => sum + (turn?.ids.length ?? 0), 0);
}

function calls(nodes: RolloutTree["nodes"]): number {
  return nodes.filter(({ result }) => result !== null).length;
}

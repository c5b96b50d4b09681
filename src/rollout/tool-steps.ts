/**
 * The distinct tool steps of a tree (AEPO-H3): every tool result that was followed by a policy token, once, measured by
 * the path that received it. What forks wrote behind an inherited result is no step of its own (AEPO-R4).
 */
import { type EntropyWindow, stepEntropy } from "./entropy.ts";
import { ownNodes, type RolloutTree } from "./tree.ts";

export interface MeasuredStep {
  /** Node whose result it follows, and the path that received the result. */
  readonly node: number;
  readonly path: number;
  readonly tool: string;
  /** Nats (AEPO-H2). */
  readonly entropy: number;
}

/** In order of path creation. A discarded probe counts for nothing. */
export function toolSteps(tree: RolloutTree, window: EntropyWindow): MeasuredStep[] {
  return tree.paths.flatMap((path) => {
    const own = ownNodes(tree, path);
    return own.flatMap(({ id, result }, i): MeasuredStep[] => {
      const entropy = stepEntropy(own[i + 1]?.turn?.entropies ?? [], window);
      if (result === null || entropy === null) return [];
      return [{ node: id, path: path.id, tool: result.tool, entropy }];
    });
  });
}

/**
 * The released code's baselines: the entropy of the first turn that a path wrote itself, kept under the path's number in the batch
 * (`made-paths.ts`) when that is first taken, and never cleared. From the second batch on a path is so compared with an unrelated one.
 */
import { turnEntropy } from "./entropy.ts";
import { batchOrder, madePaths } from "./made-paths.ts";
import type { GrowthRules } from "./rules.ts";
import { ownNodes, type RolloutTree } from "./tree.ts";

/** By number of the path in its batch; null: not taken yet. */
export type PlaceBaselines = readonly (number | null)[];

/** With the places that a batch is the first to take. */
export function afterBatch(
  before: PlaceBaselines,
  trees: readonly RolloutTree[],
  rules: Pick<GrowthRules, "entropyTokens" | "entropySkip" | "departures">,
): PlaceBaselines {
  const first = batchOrder(trees.map(madePaths)).map(([question, id]) => {
    const tree = trees[question];
    const path = tree?.paths.find((each) => each.id === id);
    const turn = tree === undefined || path === undefined ? null : (ownNodes(tree, path)[0]?.turn ?? null);
    return turn === null ? null : turnEntropy(turn, rules);
  });
  return Array.from({ length: Math.max(before.length, first.length) }, (_, i) => before[i] ?? first[i] ?? null);
}

/**
 * The released code's baselines: the entropy of the first turn that a path wrote itself, kept under the path's place in the batch
 * (question, path) when that place is first taken, and never cleared. From the second batch on a path is so compared with an
 * unrelated one. (There, places are numbered through the batch, new branches last; here a path's id is its place in its question.)
 */
import { turnEntropy } from "./entropy.ts";
import type { GrowthRules } from "./rules.ts";
import { ownNodes, type RolloutTree } from "./tree.ts";

/** By place of the question in its batch and id of the path; null: not taken yet. */
export type PlaceBaselines = readonly (readonly (number | null)[])[];

/** With the places that a batch is the first to take. */
export function afterBatch(
  before: PlaceBaselines,
  trees: readonly RolloutTree[],
  rules: Pick<GrowthRules, "entropyTokens" | "entropySkip" | "departures">,
): PlaceBaselines {
  const questions = Math.max(before.length, trees.length);
  return Array.from({ length: questions }, (_, question) => {
    const [known, tree] = [before[question] ?? [], trees[question]];
    const first = (tree?.paths ?? []).map((path) => {
      const turn = tree === undefined ? null : (ownNodes(tree, path)[0]?.turn ?? null);
      return turn === null ? null : turnEntropy(turn, rules);
    });
    return Array.from({ length: Math.max(known.length, first.length) }, (_, i) => known[i] ?? first[i] ?? null);
  });
}

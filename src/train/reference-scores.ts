/** Log-probabilities of sampled paths under the reference policy (B-RPP, B-RPPB). */
import { type PathScores, unscored } from "../algorithm/needs.ts";
import type { FrozenPolicy } from "../policy/policy.ts";
import type { RolloutTree } from "../rollout/tree.ts";
import { scorePaths } from "./path-scores.ts";

/** Null: the method needs none, and nothing is computed. */
export async function scoreByReference(
  reference: Pick<FrozenPolicy, "score"> | null,
  trees: readonly RolloutTree[],
  temperature: number,
): Promise<PathScores> {
  if (reference === null) return unscored;
  return { ...unscored, reference: await scorePaths(reference, trees, temperature) };
}

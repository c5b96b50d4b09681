/** Log-probabilities of sampled paths under the reference policy (B-RPP, B-RPPB), at the temperature of sampling (AEPO-H1). */
import { type PathScores, unscored } from "../algorithm/needs.ts";
import type { FrozenPolicy } from "../policy/policy.ts";
import { pathTokenIds } from "../rollout/path-tokens.ts";
import type { Path, RolloutTree } from "../rollout/tree.ts";

/** Null: the method needs none, and nothing is computed. */
export async function scoreByReference(
  reference: Pick<FrozenPolicy, "score"> | null,
  trees: readonly RolloutTree[],
  temperature: number,
): Promise<PathScores> {
  if (reference === null) return unscored;
  const sampled = trees.flatMap((tree) => tree.paths.map((path) => ({ path, ...pathTokenIds(tree, path.id) })));
  const scores = await reference.score(sampled.map(({ ids }) => ({ ids, temperature })));
  const found = new Map<Path, Float32Array>(
    sampled.map(({ path, mask }, i) => {
      // The first token of a path is predicted from nothing: entry t − 1 is of token t.
      const logprobs = scores[i]?.logprobs ?? new Float32Array();
      return [path, Float32Array.from(mask.flatMap((trained, t) => (trained ? [logprobs[t - 1] ?? Number.NaN] : [])))];
    }),
  );
  return { ...unscored, reference: (tree, path) => found.get(path) ?? unscored.reference(tree, path) };
}

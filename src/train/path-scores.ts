/** Log-probabilities of the trained tokens of sampled paths under a policy, at the temperature of sampling (AEPO-H1). */
import type { FrozenPolicy } from "../policy/policy.ts";
import { pathTokenIds } from "../rollout/path-tokens.ts";
import type { Path, RolloutTree } from "../rollout/tree.ts";
import { AepoError } from "../std/errors.ts";

/** One entry a trained token of the path. Throws for a path that was not scored. */
export type PathLogprobs = (tree: RolloutTree, path: Path) => Float32Array;

export async function scorePaths(
  policy: Pick<FrozenPolicy, "score">,
  trees: readonly RolloutTree[],
  temperature: number,
): Promise<PathLogprobs> {
  const sampled = trees.flatMap((tree) => tree.paths.map((path) => ({ path, ...pathTokenIds(tree, path.id) })));
  const scores = await policy.score(sampled.map(({ ids }) => ({ ids, temperature })));
  const found = new Map<Path, Float32Array>(
    sampled.map(({ path, mask }, i) => {
      // The first token of a path is predicted from nothing: entry t − 1 is of token t.
      const logprobs = scores[i]?.logprobs ?? new Float32Array();
      return [path, Float32Array.from(mask.flatMap((trained, t) => (trained ? [logprobs[t - 1] ?? Number.NaN] : [])))];
    }),
  );
  return (_tree, path) => {
    const logprobs = found.get(path);
    if (logprobs !== undefined) return logprobs;
    throw new AepoError("rollout", `path ${path.id} was not scored`);
  };
}

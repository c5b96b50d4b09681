/** B-PPO: the value head of a policy that has one, and the values of sampled paths before anything is learnt from them. */
import type { Algorithm } from "../algorithm/algorithm.ts";
import { type PathScores, unscored } from "../algorithm/needs.ts";
import type { Critic, Policy } from "../policy/policy.ts";
import { toLossTree } from "../rollout/loss-tree.ts";
import { type Path, type RolloutTree, walk } from "../rollout/tree.ts";
import { AepoError } from "../std/errors.ts";

/** Null: the method needs none. Throws if it does and the engine has none. */
export function criticFor(algorithm: Pick<Algorithm, "name" | "needs">, policy: Policy): Critic | null {
  if (algorithm.needs?.includes("critic") !== true) return null;
  if (policy.critic !== undefined) return policy.critic;
  throw new AepoError(
    "config",
    `algorithm.name: ${algorithm.name} needs a value head (B-PPO), and this engine has none`,
    {
      expected: "the embedded engine",
      exists: policy.info.description,
      fix: "train with the embedded engine, or use an algorithm without a critic, such as reinforce-plus-plus, rloo or grpo",
    },
  );
}

/** Values of all paths of the trees. */
export async function valuePaths(critic: Critic, trees: readonly RolloutTree[]): Promise<PathScores["values"]> {
  const values = await critic.values(
    trees.map((tree) =>
      toLossTree(
        tree,
        tree.paths.map(({ id, leaf }) => {
          const zeros = new Float32Array(walk(tree, leaf).reduce((sum, { turn }) => sum + (turn?.ids.length ?? 0), 0));
          return { path: id, advantages: zeros, weights: zeros };
        }),
      ),
    ),
  );
  const paths = trees.flatMap((tree) => tree.paths);
  const found = new Map<Path, Float32Array>(paths.map((path, i) => [path, values[i] ?? new Float32Array()]));
  return (tree, path) => found.get(path) ?? unscored.values(tree, path);
}

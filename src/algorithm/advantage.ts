/** Credit of a group: AEPO-L1 (normalised within the group) and AEPO-L2 (weighed by each token's entropy). Pure. */
import type { RolloutTree } from "../rollout/tree.ts";
import { walk } from "../rollout/tree.ts";
import type { GroupCredit, PathCredit } from "./algorithm.ts";

const EPSILON = 1e-6;

/** AEPO-L1: (r − mean r) / (std r + 1e-6), std with n − 1; equal rewards give 0. */
export function groupAdvantages(rewards: readonly number[]): number[] {
  const { mean, std } = moments(rewards);
  return rewards.map((reward) => (std === 0 ? 0 : (reward - mean) / (std + EPSILON)));
}

/** Dr. GRPO, REINFORCE++-baseline: r − mean r, equal rewards give 0. */
export function centred(rewards: readonly number[]): number[] {
  const { mean, std } = moments(rewards);
  return rewards.map((reward) => (std === 0 ? 0 : reward - mean));
}

export function rewardsOf({ paths }: RolloutTree): number[] {
  return paths.map(({ reward }) => reward.total);
}

/** Whether a group teaches anything: equal rewards do not, and it is dropped before batching. */
export function hasSpread(tree: RolloutTree): boolean {
  const first = tree.paths[0]?.reward.total;
  return tree.paths.some(({ reward }) => reward.total !== first);
}

/** AEPO-L1 spread over the path's tokens. */
export function groupCredit(tree: RolloutTree, truncated: "train" | "mask"): GroupCredit {
  return pathCredit(tree, groupAdvantages(rewardsOf(tree)), truncated);
}

/** One advantage a path, on each of its tokens; `truncated: "mask"` leaves out the paths that a limit cut. */
export function pathCredit(tree: RolloutTree, advantages: readonly number[], truncated: "train" | "mask"): GroupCredit {
  const paths = tree.paths.flatMap((path, i): PathCredit[] => {
    if (truncated === "mask" && CUT.has(path.end)) return [];
    const count = walk(tree, path.leaf).reduce((sum, { turn }) => sum + (turn?.ids.length ?? 0), 0);
    const factors = new Float32Array(count).fill(1);
    return [{ path: path.id, advantages: new Float32Array(count).fill(advantages[i] ?? 0), factors }];
  });
  return { tree, paths };
}

const CUT: ReadonlySet<string> = new Set(["turn-limit", "token-limit", "call-limit", "time-limit"]);

/** AEPO-L2: Ã_t = Ã · max(0, 1 + a·z_t), z over the path-tokens of the group (n − 1, no epsilon; std 0 gives z = 0). */
export function entropyAware({ tree, paths }: GroupCredit, weight: number): GroupCredit {
  const factors = entropyFactors(
    paths.map(({ path }) => pathEntropies(tree, path)),
    weight,
  );
  return { tree, paths: paths.map((credit, i) => weighed(credit, factors[i] ?? credit.factors)) };
}

/** max(0, 1 + a·z) of each token, z over all of them; one array a path. */
export function entropyFactors(entropies: readonly (readonly number[])[], weight: number): Float32Array[] {
  const { mean, std } = moments(entropies.flat());
  return entropies.map((path) =>
    Float32Array.from(path, (entropy) => Math.max(0, 1 + (std === 0 ? 0 : (weight * (entropy - mean)) / std))),
  );
}

/** Credit that has no factors yet, with these. */
export function weighed(credit: PathCredit, factors: Float32Array): PathCredit {
  return { ...credit, factors, advantages: credit.advantages.map((advantage, t) => advantage * (factors[t] ?? 1)) };
}

/** Entropies of the policy tokens of a path, under the policy that sampled them. */
export function pathEntropies(tree: RolloutTree, path: number): number[] {
  const leaf = tree.paths.find(({ id }) => id === path)?.leaf ?? 0;
  return walk(tree, leaf).flatMap(({ turn }) => turn?.entropies ?? []);
}

/** Mean and unbiased (n − 1) standard deviation; 0 for fewer than two values or equal ones. */
export function moments(values: readonly number[]): { readonly mean: number; readonly std: number } {
  if (values.length === 0) return { mean: 0, std: 0 };
  const first = values[0] ?? 0;
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  if (values.length < 2 || values.every((value) => value === first)) return { mean, std: 0 };
  return { mean, std: Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1)) };
}

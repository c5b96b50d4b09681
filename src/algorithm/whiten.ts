/** Credit over the whole batch (REINFORCE++): (x − mean)/(std + 1e-6) over all path-tokens of the rollout batch; equal values give 0. */
import { moments } from "./advantage.ts";
import type { GroupCredit, PathCredit } from "./algorithm.ts";

const EPSILON = 1e-6;

/** `valuesOf`: x of a path's trained tokens (default: its advantages); differences far below x itself survive. */
export function whitened(
  credits: readonly GroupCredit[],
  valuesOf: (path: PathCredit, credit: GroupCredit) => ArrayLike<number> = ({ advantages }) => advantages,
): GroupCredit[] {
  const groups = credits.map((credit) => {
    const paths = credit.paths.map((path) => ({ path, values: Array.from(valuesOf(path, credit)) }));
    return { tree: credit.tree, paths };
  });
  const { mean, std } = moments(groups.flatMap(({ paths }) => paths.flatMap(({ values }) => values)));
  const one = (x: number): number => (std === 0 ? 0 : (x - mean) / (std + EPSILON));
  return groups.map(({ tree, paths }) => ({
    tree,
    paths: paths.map(({ path, values }) => ({ ...path, advantages: Float32Array.from(values, one) })),
  }));
}

/**
 * Statistics per micro-batch, as in the released code: the paths of an optimiser step are cut into micro-batches of so many paths;
 * the loss is the token mean of each, weighed by its number of paths (not AEPO-L4), and z of the entropy factor is over its tokens
 * (not AEPO-L2). Entropies are those of the rollout, where that code takes the current policy's. How the engine cuts its work stays
 * without influence.
 */
import { entropyFactors, pathEntropies, weighed } from "./advantage.ts";
import type { GroupCredit, Reduction } from "./algorithm.ts";

/** Every path-token of a micro-batch weighs its share of the paths / its tokens. */
export function microBatchMean(size: number): Reduction {
  return (lengths) =>
    microBatches(lengths, size).flatMap((batch) => {
      const tokens = batch.reduce((sum, length) => sum + length, 0);
      return batch.map(() => (tokens === 0 ? 0 : batch.length / lengths.length / tokens));
    });
}

/** Credit without factors, with those of its micro-batch. */
export function microBatchFactors(groups: readonly GroupCredit[], size: number, weight: number): GroupCredit[] {
  const entropies = groups.flatMap(({ tree, paths }) => paths.map(({ path }) => pathEntropies(tree, path)));
  const factors = microBatches(entropies, size).flatMap((batch) => entropyFactors(batch, weight));
  let at = 0;
  return groups.map(({ tree, paths }) => ({
    tree,
    paths: paths.map((credit) => weighed(credit, factors[at++] ?? credit.factors)),
  }));
}

function microBatches<T>(paths: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(paths.length / size) }, (_, i) => paths.slice(i * size, (i + 1) * size));
}

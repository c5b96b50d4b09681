/** ARPO "hard": a token shared by d paths gets the mean of their advantages, on each of its d path-tokens. */
import { walk } from "../rollout/tree.ts";
import type { GroupCredit } from "./algorithm.ts";

export function sharedMean(credit: GroupCredit): GroupCredit {
  const sums = new Map<number, { sum: number; paths: number }>();
  const nodesOf = (path: number) => walk(credit.tree, credit.tree.paths.find(({ id }) => id === path)?.leaf ?? 0);
  for (const { path, advantages } of credit.paths) {
    for (const { id } of nodesOf(path)) {
      const entry = sums.get(id) ?? { sum: 0, paths: 0 };
      sums.set(id, { sum: entry.sum + (advantages[0] ?? 0), paths: entry.paths + 1 });
    }
  }
  const paths = credit.paths.map((path) => ({
    ...path,
    advantages: Float32Array.from(
      nodesOf(path.path).flatMap(({ id, turn }) => {
        const { sum, paths: sharers } = sums.get(id) ?? { sum: 0, paths: 1 };
        return new Array<number>(turn?.ids.length ?? 0).fill(sum / sharers);
      }),
    ),
  }));
  return { tree: credit.tree, paths };
}

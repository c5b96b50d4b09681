/** How far a method's credit is from its golden values. */
import { type PathScores, unscored } from "../../src/algorithm/needs.ts";
import { buildTree } from "../../src/algorithm/testing/tree-builder.ts";
import { type AdvantageCase, relativeError } from "./golden.ts";
import { methodOf } from "./loss-error.ts";

export function advantageError(golden: AdvantageCase): number {
  const trees = golden.groups.map((group) =>
    buildTree({
      paths: group.map(({ reward, turns, keys }) => ({
        reward,
        turns: turns.map((length) => new Array<number>(length).fill(0)),
        stateKeys: keys,
      })),
    }),
  );
  const scores: PathScores = {
    ...unscored,
    reference: (tree, { id }) => Float32Array.from(golden.groups[trees.indexOf(tree)]?.[id]?.reference ?? []),
  };
  const credits = methodOf(golden).credit(trees, scores);
  const found = credits.flatMap(({ paths }) => paths.map(({ advantages }) => [...advantages]));
  if (found.some(({ length }, i) => length !== golden.advantages[i]?.length)) return Number.NaN;
  return relativeError(found.flat(), golden.advantages.flat());
}

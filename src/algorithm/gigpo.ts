/**
 * GiGPO (arXiv 2505.10978; B-GIGPO): the episode's advantage plus ω times that of its step among the steps of the group that
 * start from the same state (`stateKey` of the task). A step is a turn; its return is γ^(turns after it) · r.
 */
import { z } from "zod";
import { type RolloutTree, type TreeNode, walk } from "../rollout/tree.ts";
import { centred, groupAdvantages, groupCredit, hasSpread, moments } from "./advantage.ts";
import type { Algorithm, GroupCredit } from "./algorithm.ts";
import { ppoClip } from "./clip.ts";
import { clipFields, groupOptions, regularisation } from "./options.ts";
import { pathOf } from "../rollout/path-tokens.ts";
import { tokenMean } from "./reduction.ts";
import { wholeGroups } from "./whole-groups.ts";

export const gigpoSchema = z
  .strictObject({
    name: z.literal("gigpo"),
    ...groupOptions,
    stepWeight: z.number().min(0).default(1).describe("ω: weight of the step term; 0: none, and no state keys needed."),
    stepNorm: z
      .enum(["std", "mean"])
      .optional()
      .describe("Step term: (R − mean)/std within the step group (default), or R − mean."),
    discount: z.number().min(0).max(1).optional().describe("γ: discount a turn of the return (default 0.95)."),
    clip: z.strictObject(clipFields).prefault({}),
    ...regularisation,
  })
  .refine(({ stepWeight, stepNorm, discount }) => stepWeight > 0 || (stepNorm ?? discount) === undefined, {
    message: "stepNorm and discount have no effect when stepWeight is 0",
    path: ["stepWeight"],
  });

export function gigpo(options: z.output<typeof gigpoSchema>): Algorithm {
  const { clip, klWeight, entropyBonus, stepWeight, stepNorm = "std", discount = 0.95 } = options;
  const steps = (tree: RolloutTree): number[][] => stepAdvantages(tree, discount, stepNorm);
  const isStepped = (tree: RolloutTree): boolean => steps(tree).some((path) => path.some((value) => value !== 0));
  return {
    name: "gigpo",
    ...(stepWeight === 0 ? {} : { needs: ["stateKeys"] }),
    ...wholeGroups(options),
    keep: (tree) => hasSpread(tree) || (stepWeight > 0 && isStepped(tree)),
    credit: (trees) =>
      trees.map((tree) => {
        const episode = groupCredit(tree, options.truncated);
        return stepWeight === 0 ? episode : withSteps(episode, steps(tree), stepWeight);
      }),
    ...ppoClip({ ...clip, klWeight, entropyBonus }),
    reduction: tokenMean,
    ...(stepWeight === 0 ? {} : { figures: (trees) => stepFigures(trees, steps) }),
  };
}

/** One list a path, one entry a turn: its return's place among the turns that start from the same state; alone: 0. */
export function stepAdvantages(tree: RolloutTree, discount: number, norm: "std" | "mean"): number[][] {
  const turns = tree.paths.map(({ leaf, reward }) =>
    walk(tree, leaf).map((node, turn, { length }) => ({
      key: stateKeyOf(node),
      value: reward.total * discount ** (length - 1 - turn),
    })),
  );
  const returns = new Map<string, number[]>();
  for (const { key, value } of turns.flat()) returns.set(key, [...(returns.get(key) ?? []), value]);
  const normalise = norm === "std" ? groupAdvantages : centred;
  const left = new Map([...returns].map(([key, values]) => [key, normalise(values)] as const));
  return turns.map((path) => path.map(({ key }) => left.get(key)?.shift() ?? 0));
}

function stateKeyOf({ id, stateKey }: TreeNode): string {
  if (stateKey === undefined) throw new RangeError(`node ${id} has no state key`);
  return stateKey;
}

function withSteps({ tree, paths }: GroupCredit, steps: readonly (readonly number[])[], weight: number): GroupCredit {
  const credited = paths.map((path) => {
    const ofPath = steps[tree.paths.findIndex(({ id }) => id === path.path)] ?? [];
    const perToken = walk(tree, pathOf(tree, path.path).leaf).flatMap(({ turn }, i) =>
      (turn?.ids ?? []).map(() => weight * (ofPath[i] ?? 0)),
    );
    return { ...path, advantages: path.advantages.map((episode, t) => episode + (perToken[t] ?? 0)) };
  });
  return { tree, paths: credited };
}

/** Share of the turns whose state another turn of the group starts from, too, and how much the step term says. */
function stepFigures(trees: readonly RolloutTree[], steps: (tree: RolloutTree) => number[][]): Record<string, number> {
  const shared = trees.flatMap((tree) => {
    const keys = tree.paths.flatMap(({ leaf }) => walk(tree, leaf).map(stateKeyOf));
    const times = new Map<string, number>();
    for (const key of keys) times.set(key, (times.get(key) ?? 0) + 1);
    return keys.map((key) => ((times.get(key) ?? 0) > 1 ? 1 : 0));
  });
  const sizes = trees.flatMap((tree) => steps(tree).flat().map(Math.abs));
  return { sharedStepShare: moments(shared).mean, stepAdvantage: moments(sizes).mean };
}

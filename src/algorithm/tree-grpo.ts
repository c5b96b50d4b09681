/**
 * Tree-GRPO (arXiv 2509.21240; B-TREE): M whole trees, then L rounds in which N random non-leaf nodes of each tree grow one new
 * chain to its end, so k = M · (1 + N · L). Advantage: (r − mean)/std inside the tree plus (r − mean)/std over all k.
 */
import { z } from "zod";
import type { RolloutTree } from "../rollout/tree.ts";
import { wholeRollouts } from "../rollout/whole-rollouts.ts";
import { groupAdvantages, hasSpread, pathCredit } from "./advantage.ts";
import type { Algorithm, DefaultWindow } from "./algorithm.ts";
import { windowOf } from "./branching.ts";
import { ppoClip } from "./clip.ts";
import { clipFields, groupOptions, regularisation } from "./options.ts";
import { tokenMean } from "./reduction.ts";

const CHAINS = 3;
const ROUNDS = 1;

export const treeGrpoSchema = z
  .strictObject({
    name: z.literal("tree-grpo"),
    ...groupOptions,
    trees: z
      .int()
      .positive()
      .optional()
      .describe("M: whole rollouts, each the start of a tree (default k / (1 + N·L))."),
    chains: z.int().positive().default(CHAINS).describe("N: new chains of each tree in a round."),
    rounds: z.int().positive().default(ROUNDS).describe("L: rounds of new chains."),
    clip: z.strictObject(clipFields).prefault({}),
    ...regularisation,
  })
  .check(({ value, issues }) => {
    const message = unmade(value);
    if (message !== null) issues.push({ code: "custom", input: value.groupSize, path: ["groupSize"], message });
  });

type TreeGrpoOptions = z.output<typeof treeGrpoSchema>;

/** Why these trees, chains and rounds do not make k rollouts, and what would; null if they do. */
function unmade({ groupSize, trees, chains, rounds }: TreeGrpoOptions): string | null {
  const perTree = 1 + chains * rounds;
  const whole = groupSize % perTree === 0;
  if (whole && (trees === undefined || trees * perTree === groupSize)) return null;
  const rule = "Tree-GRPO makes k = trees · (1 + chains · rounds) rollouts (B-TREE)";
  if (trees !== undefined) {
    const other = whole ? ` or trees ${groupSize / perTree}` : "";
    return `${rule}: with trees ${trees}, chains ${chains}, rounds ${rounds} set groupSize ${trees * perTree}${other}, not ${groupSize}`;
  }
  const below = groupSize - (groupSize % perTree);
  const choices = below === 0 ? `${perTree}` : `${below} or ${below + perTree}`;
  return `${rule}: with chains ${chains}, rounds ${rounds} set groupSize ${choices}, not ${groupSize}`;
}

/** Inside the tree and over the group; zero spread gives 0 in its term. */
export function treeAdvantages({ paths }: Pick<RolloutTree, "paths">): number[] {
  const rewards = paths.map(({ reward }) => reward.total);
  const across = groupAdvantages(rewards);
  const inside = new Array<number>(paths.length).fill(0);
  for (const root of new Set(paths.map((path) => path.root))) {
    const members = paths.flatMap((path, i) => (path.root === root ? [i] : []));
    const advantages = groupAdvantages(members.map((i) => rewards[i] ?? 0));
    for (const [j, i] of members.entries()) inside[i] = advantages[j] ?? 0;
  }
  return across.map((advantage, i) => (inside[i] ?? 0) + advantage);
}

export function treeGrpo(options: TreeGrpoOptions, window: DefaultWindow): Algorithm {
  const { groupSize, chains, rounds, klWeight, entropyBonus } = options;
  return {
    name: "tree-grpo",
    growth: {
      ...wholeRollouts(groupSize),
      budget: () => groupSize / (1 + chains * rounds),
      chains,
      ...windowOf({}, window),
    },
    entropyScale: "nats",
    keep: hasSpread,
    credit: (trees) => trees.map((tree) => pathCredit(tree, treeAdvantages(tree), options.truncated)),
    ...ppoClip({ ...options.clip, klWeight, entropyBonus }),
    reduction: tokenMean,
    updates: options.updates,
    minibatch: options.minibatch,
    mechanisms: { premonitor: false, branching: true, penalty: false, stopGradient: false, entropyAdvantage: false },
  };
}

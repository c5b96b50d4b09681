/** Figures of the rollout (aepo.md §7): the budget split and where the branches went, beside the null. */
import type { Decision, RolloutTree } from "../rollout/tree.ts";
import { randomStream } from "../std/random.ts";
import { moments } from "./advantage.ts";
import type { BranchFigures, BudgetFigures } from "./figures.ts";
import { histogramOf } from "./histogram.ts";

export function measureBudget(trees: readonly RolloutTree[]): BudgetFigures {
  const m = trees.map(({ budget }) => budget.globalRollouts);
  const { mean, std } = moments(m);
  return {
    mMean: mean,
    mStd: std,
    m,
    rootEntropyMean: meanOf(trees.flatMap(({ budget }) => budget.rootEntropy ?? [])),
    toolEntropyMean: meanOf(trees.flatMap(({ budget }) => budget.toolEntropy ?? [])),
  };
}

export function measureBranching(trees: readonly RolloutTree[]): BranchFigures {
  const decisions = trees.flatMap((tree) => tree.decisions);
  const branching = decisions.filter(({ forks }) => forks > 0);
  const shares = trees.flatMap((tree) => concentration(tree) ?? []);
  const branches = trees.flatMap(({ paths }) => paths.filter(({ origin }) => origin.kind === "fork")).length;
  const average = (pick: (share: Concentration) => number): number | null => meanOf(shares.map(pick));
  return {
    branches,
    decisions: decisions.length,
    perGroup: trees.length === 0 ? 0 : branches / trees.length,
    top1: average(({ top1 }) => top1),
    top3: average(({ top3 }) => top3),
    top1Null: average(({ top1Null }) => top1Null),
    top3Null: average(({ top3Null }) => top3Null),
    rootsHit: average(({ rootsHit }) => rootsHit),
    consecutiveShare: meanOf(branching.map(({ consecutive }) => (consecutive > 0 ? 1 : 0))),
    denied: decisions.filter(({ budgetLeft, wantedAtZero, wanted }) => budgetLeft > 0 && wantedAtZero && !wanted)
      .length,
    runLengths: runLengths(trees),
    deltaEntropy: histogramOf(decisions.map(({ deltaEntropy }) => deltaEntropy)),
    probability: histogramOf(decisions.map(({ probability }) => probability)),
    deltaByTool: byTool(decisions),
    deltaByTurn: byTurn(decisions),
    toolEntropySpread: toolEntropySpread(trees),
  };
}

interface Concentration {
  readonly top1: number;
  readonly top3: number;
  readonly top1Null: number;
  readonly top3Null: number;
  readonly rootsHit: number;
}

/** A branch counts for its root; null for a group without branches. */
function concentration(tree: RolloutTree): Concentration | null {
  const roots = tree.paths
    .filter(({ origin }) => origin.kind === "root" && origin.role === "global")
    .map(({ id }) => id);
  const forks = tree.paths.filter(({ origin }) => origin.kind === "fork");
  if (forks.length === 0 || roots.length === 0) return null;
  const counts = roots.map((root) => forks.filter((path) => path.root === root).length);
  const thrown = nullShares(forks.length, roots.length);
  return {
    ...topShares(counts),
    top1Null: thrown.top1,
    top3Null: thrown.top3,
    rootsHit: counts.filter((n) => n > 0).length,
  };
}

const NULL_DRAWS = 400;

/** The same branches thrown uniformly on the roots that may branch: a Monte-Carlo mean over fixed draws (error about 0.01). */
function nullShares(branches: number, roots: number): { readonly top1: number; readonly top3: number } {
  const random = randomStream(0, "branch-null", branches, roots);
  let [top1, top3] = [0, 0];
  for (let draw = 0; draw < NULL_DRAWS; draw++) {
    const counts = new Array<number>(roots).fill(0);
    for (let i = 0; i < branches; i++) {
      const root = random.integer(roots);
      counts[root] = (counts[root] ?? 0) + 1;
    }
    const shares = topShares(counts);
    top1 += shares.top1 / NULL_DRAWS;
    top3 += shares.top3 / NULL_DRAWS;
  }
  return { top1, top3 };
}

function topShares(counts: readonly number[]): { readonly top1: number; readonly top3: number } {
  const total = counts.reduce((sum, n) => sum + n, 0);
  const [first = 0, second = 0, third = 0] = [...counts].sort((a, b) => b - a);
  return { top1: first / total, top3: (first + second + third) / total };
}

/** Runs of consecutive branching steps: a run ends at a step after which no step on the path or its forks branches. */
function runLengths(trees: readonly RolloutTree[]): number[] {
  const counts: number[] = [];
  for (const { decisions, nodes } of trees) {
    const branching = decisions.filter(({ forks }) => forks > 0);
    const continued = new Set(
      branching.filter(({ consecutive }) => consecutive > 0).map(({ node }) => nodes[node]?.parent),
    );
    for (const { node, consecutive } of branching) {
      if (continued.has(node)) continue;
      while (counts.length <= consecutive) counts.push(0);
      counts[consecutive] = (counts[consecutive] ?? 0) + 1;
    }
  }
  return counts;
}

/** AEPO-H5: n − 1 deviation of H_tool over the distinct tool steps that were decided on. */
function toolEntropySpread(trees: readonly RolloutTree[]): number | null {
  const entropies = trees.flatMap(({ decisions }) => decisions.map(({ entropy }) => entropy));
  return entropies.length < 2 ? null : moments(entropies).std;
}

function byTool(decisions: readonly Decision[]): Record<string, number> {
  const tools = [...new Set(decisions.map(({ tool }) => tool))].sort();
  const mean = (tool: string) => meanOf(decisions.filter((d) => d.tool === tool).map((d) => d.deltaEntropy)) ?? 0;
  return Object.fromEntries(tools.map((tool) => [tool, mean(tool)]));
}

function byTurn(decisions: readonly Decision[]): number[] {
  const turns = decisions.reduce((most, { turn }) => Math.max(most, turn + 1), 0);
  return Array.from(
    { length: turns },
    (_, turn) => meanOf(decisions.filter((d) => d.turn === turn).map((d) => d.deltaEntropy)) ?? 0,
  );
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : moments(values).mean;
}

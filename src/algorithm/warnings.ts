/** "A mechanism that is switched on and has no effect in a whole step is reported as a warning with the reason" (aepo.md §7). */
import { whyUnjudged } from "../rollout/grade-path.ts";
import { isLost } from "../rollout/lost-paths.ts";
import type { RolloutTree } from "../rollout/tree.ts";
import type { Algorithm } from "./algorithm.ts";
import type { RewardFigures, StepFigures } from "./figures.ts";

/** Rounds of questions of a step, and the groups it wanted. */
export interface Draws {
  readonly rounds: number;
  readonly wanted: number;
}

/** A group with a path that has no reward cannot be compared within. */
export function unjudgedGroups({ groups, unjudged }: RewardFigures, trees: readonly RolloutTree[]): string[] {
  if (unjudged === undefined) return [];
  const paths = trees.flatMap((tree) => tree.paths);
  const reasons = whyUnjudged(paths).slice(0, 3).join("; ");
  return [
    `${unjudged.groups} of ${groups} groups were left out of the step: ${unjudged.paths} of ${paths.length} paths could not be judged (${reasons})`,
  ];
}

/** They are no part of the step; the others of their groups are. */
export function lostPaths(trees: readonly RolloutTree[]): string[] {
  const paths = trees.flatMap((tree) => tree.paths);
  const lost = paths.filter(isLost);
  if (lost.length === 0) return [];
  return [
    `${lost.length} of ${paths.length} paths were lost and are not trained: ${whyUnjudged(lost).slice(0, 3).join("; ")}`,
  ];
}

/** B-DAPO: a batch that is not full after the last round is trained as it is, and says so. */
export function shortBatch({ groups, groupsKept, unjudged }: RewardFigures, draws: Draws | undefined): string[] {
  if (draws === undefined || groupsKept >= draws.wanted) return [];
  const { rounds, wanted } = draws;
  return [
    `the batch is not full: ${groupsKept} of ${wanted} groups after ${rounds} ${rounds === 1 ? "round" : "rounds"} of questions (algorithm.maxDraws), ${groups - groupsKept - (unjudged?.groups ?? 0)} had equal rewards and were dropped`,
  ];
}

export function idleMechanisms(algorithm: Algorithm, figures: Omit<StepFigures, "warnings">): string[] {
  const { mechanisms } = algorithm;
  const { budget, branch, clip, factor } = figures;
  const checks: readonly (readonly [boolean, string])[] = [
    [
      mechanisms.premonitor && budget.m.length > 1 && budget.mStd === 0,
      `pre-monitoring gave every question the same m = ${budget.mMean}: entropy differences are small on the scale "${algorithm.entropyScale}"; raise budget.sensitivity${algorithm.entropyScale === "spread" ? "" : " or use entropyScale: spread"}`,
    ],
    [mechanisms.branching && branch.branches === 0, `nothing branched: ${whyNoBranch(figures)}`],
    [
      mechanisms.penalty && branch.branches > 0 && branch.denied === 0,
      "the branch penalty changed no decision: no step after a branch had a probability between the threshold with and without it",
    ],
    [
      mechanisms.stopGradient && clip !== null && clip.restoredShare === 0,
      "the stop-gradient restored nothing: no token with a positive advantage went above 1 + clip.high; more updates or a higher learning rate would",
    ],
    [
      mechanisms.entropyAdvantage && factor !== null && factor.std === 0,
      "the entropy factor is 1 everywhere: all trained tokens have the same entropy",
    ],
  ];
  return checks.flatMap(([idle, message]) => (idle ? [message] : []));
}

function whyNoBranch({ branch }: Omit<StepFigures, "warnings">): string {
  if (branch.decisions === 0) return "no tool result was followed by a turn of a path that may branch";
  return `no probability of ${branch.decisions} decisions was above the threshold`;
}

/** Curves that say how the rollout budget was spent: the split, the branches, their concentration, what sharing saved. */
import type { Curve } from "./curve.ts";
import { compact, count, percent } from "./figure-format.ts";
import type { Settings } from "./settings.ts";

export function rolloutCurves({ groupSize }: Settings): readonly Curve[] {
  return [budgetCurve(groupSize), ...branchCurves, ...ledgerCurves];
}

function budgetCurve(groupSize: number | null): Curve {
  return {
    title: "Budget split m",
    caption:
      "Global rollouts a question, mean over the questions of a step with one standard deviation on either side; the rest of k may branch.",
    rule: "AEPO-R1",
    floor: 0,
    format: compact,
    series: [
      {
        name: "m",
        colour: 1,
        of: ({ figures }) => figures.budget.mMean,
        band: ({ figures: { budget } }) => [Math.max(0, budget.mMean - budget.mStd), budget.mMean + budget.mStd],
      },
      ...(groupSize === null
        ? []
        : [
            {
              name: "k",
              colour: 5,
              dashed: true,
              of: () => groupSize,
            } as const,
          ]),
    ],
  };
}

const branchCurves: readonly Curve[] = [
  {
    title: "Branches a question",
    caption: "Branches made, and decisions that would have branched without the penalty for branching in a row.",
    rule: "AEPO-R3…R5",
    ordered: true,
    floor: 0,
    format: compact,
    series: [
      {
        name: "made",
        colour: 1,
        of: ({ figures }) => ratio(figures.branch.branches, figures.reward.groups),
      },
      {
        name: "denied",
        colour: 2,
        of: ({ figures }) => ratio(figures.branch.denied, figures.reward.groups),
      },
    ],
  },
  {
    title: "Consecutive branching",
    caption: "Share of branching steps that follow another one directly on their path.",
    rule: "AEPO-R3",
    ordered: true,
    floor: 0,
    ceiling: 1,
    format: percent,
    series: [
      {
        name: "in a row",
        colour: 4,
        of: ({ figures }) => figures.branch.consecutiveShare,
      },
    ],
  },
  {
    title: "Branch concentration",
    caption:
      "Share of a group’s branches on its top one and top three roots, beside the same branches thrown uniformly (null, dashed).",
    rule: "AEPO-R9",
    ordered: true,
    floor: 0,
    ceiling: 1,
    format: percent,
    series: [
      { name: "top 1", colour: 1, of: ({ figures }) => figures.branch.top1 },
      { name: "top 3", colour: 2, of: ({ figures }) => figures.branch.top3 },
      {
        name: "top 1, null",
        colour: 1,
        dashed: true,
        of: ({ figures }) => figures.branch.top1Null,
      },
      {
        name: "top 3, null",
        colour: 2,
        dashed: true,
        of: ({ figures }) => figures.branch.top3Null,
      },
    ],
  },
];

const ledgerCurves: readonly Curve[] = [
  {
    title: "Tokens a step",
    caption: "Policy tokens generated once, tokens that forks did not generate again, and path-tokens trained.",
    rule: "AEPO-R7",
    floor: 0,
    format: compact,
    series: [
      {
        name: "generated",
        colour: 1,
        of: ({ figures }) => figures.ledger.generated,
      },
      { name: "shared", colour: 3, of: ({ figures }) => figures.ledger.shared },
      {
        name: "trained",
        colour: 2,
        of: ({ figures }) => figures.ledger.trained,
      },
    ],
  },
  {
    title: "Tool calls a step",
    caption: "Calls made, and calls that forks did not have to make again.",
    rule: "AEPO-R7",
    floor: 0,
    format: count,
    series: [
      {
        name: "made",
        colour: 1,
        of: ({ figures }) => figures.ledger.toolCalls,
      },
      {
        name: "saved",
        colour: 3,
        of: ({ figures }) => figures.ledger.toolCallsSaved,
      },
    ],
  },
];

function ratio(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}

/**
 * The figures of a run that methods are compared by, a table: each is one number a run, from its steps alone. Those that are `primary`
 * say what a mechanism does and are tested; the others are counts and what is needed to read them. Null: nothing to measure.
 */
import { compact, count, type Figure, fixed, percent } from "../report/figure-format.ts";
import type { StepRecord } from "../run/records.ts";

export interface FigureRow {
  readonly id: string;
  readonly name: string;
  readonly group: "mechanisms" | "learning" | "cost";
  readonly primary?: true;
  readonly format: (value: Figure) => string;
  of(steps: readonly StepRecord[]): number | null;
}

type Weight = (step: StepRecord) => number;
type Pick = (step: StepRecord) => number | null | undefined;

const LAST = 5;

const branches: Weight = ({ figures }) => figures.branch.branches;
const groups: Weight = ({ figures }) => figures.reward.groups;
const pathTokens: Weight = ({ figures }) => figures.clip?.pathTokens ?? 0;
const clippedTokens: Weight = (step) => (step.figures.clip?.highShare ?? 0) * pathTokens(step);

const restored: Pick = ({ figures }) => figures.clip?.restoredShare;
const top3: Pick = ({ figures }) => figures.branch.top3;
const top3Null: Pick = ({ figures }) => figures.branch.top3Null;
const clippedEntropy: Pick = ({ figures }) => figures.clip?.highEntropy;
const trainedEntropy: Pick = ({ figures }) => figures.clip?.allEntropy;

export const figureRows: readonly FigureRow[] = [
  {
    id: "branchExcess",
    name: "branches on the top three roots, minus their null",
    group: "mechanisms",
    primary: true,
    format: percent,
    of: (steps) => difference(weighted(steps, top3, groups), weighted(steps, top3Null, groups)),
  },
  row("branchTop3", "branches on the top three roots", percent, (steps) => weighted(steps, top3, groups)),
  row("branchTop3Null", "the same branches thrown uniformly (null)", percent, (steps) =>
    weighted(steps, top3Null, groups),
  ),
  row("rootsHit", "roots with a branch, a question", compact, (steps) =>
    weighted(steps, ({ figures }) => figures.branch.rootsHit, groups),
  ),
  {
    ...row("consecutiveShare", "branching steps that follow another", percent, (steps) =>
      weighted(steps, ({ figures }) => figures.branch.consecutiveShare, branches),
    ),
    primary: true,
  },
  {
    ...row("clippedEntropyRatio", "entropy of tokens clipped above ÷ of all trained", compact, (steps) =>
      ratio(weighted(steps, clippedEntropy, clippedTokens), weighted(steps, trainedEntropy, pathTokens)),
    ),
    primary: true,
  },
  row("clippedEntropy", "entropy of tokens clipped above, nats", compact, (steps) =>
    weighted(steps, clippedEntropy, clippedTokens),
  ),
  row("trainedEntropy", "entropy of all trained tokens, nats", compact, (steps) =>
    weighted(steps, trainedEntropy, pathTokens),
  ),
  row("clipHighShare", "path-tokens clipped above", percent, (steps) =>
    weighted(steps, ({ figures }) => figures.clip?.highShare, pathTokens),
  ),
  row("clipLowShare", "path-tokens clipped below", percent, (steps) =>
    weighted(steps, ({ figures }) => figures.clip?.lowShare, pathTokens),
  ),
  {
    ...row("restoredShare", "gradient restored by the stop-gradient", percent, (steps) =>
      weighted(steps, restored, pathTokens),
    ),
    primary: true,
  },
  {
    ...row("entropyEnd", `entropy of the policy, last ${LAST} steps, nats`, compact, (steps) =>
      weighted(steps.slice(-LAST), ({ figures }) => figures.entropy.policy, one),
    ),
    group: "learning",
    primary: true,
  },
  {
    ...row("distinctAnswers", `distinct answers a group, last ${LAST} steps`, compact, (steps) =>
      weighted(steps.slice(-LAST), ({ figures }) => figures.diversity.distinctAnswers, groups),
    ),
    group: "learning",
    primary: true,
  },
  {
    ...row("distinctCalls", `distinct tool sequences a group, last ${LAST} steps`, compact, (steps) =>
      weighted(steps.slice(-LAST), ({ figures }) => figures.diversity.distinctCallSequences, groups),
    ),
    group: "learning",
    primary: true,
  },
  {
    ...row("rewardEnd", `reward in training, last ${LAST} steps`, fixed, (steps) =>
      weighted(steps.slice(-LAST), ({ figures }) => figures.reward.mean, groups),
    ),
    group: "learning",
  },
  {
    ...row("flatGroups", "groups of equal rewards", percent, (steps) =>
      weighted(steps, ({ figures }) => figures.reward.flatGroupShare, groups),
    ),
    group: "learning",
  },
  { ...total("toolCalls", "tool calls made", ({ figures }) => figures.ledger.toolCalls), primary: true },
  total("toolCallsSaved", "tool calls saved by sharing", ({ figures }) => figures.ledger.toolCallsSaved),
  total("tokensGenerated", "tokens generated", ({ figures }) => figures.ledger.generated),
  total("tokensShared", "tokens shared", ({ figures }) => figures.ledger.shared),
  total("tokensTrained", "tokens trained", ({ figures }) => figures.ledger.trained),
  total("updates", "updates", ({ updates }) => updates),
];

/** Steps as they are seen over the budget. */
export interface CurveRow {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  readonly rule: string;
  readonly floor?: number;
  readonly ceiling?: number;
  readonly format: (value: Figure) => string;
  of(step: StepRecord): number | null | undefined;
}

export const curveRows: readonly CurveRow[] = [
  {
    id: "reward",
    title: "Reward",
    caption: "Mean reward of the training rollouts.",
    rule: "AEPO-W1…W3",
    floor: 0,
    format: fixed,
    of: ({ figures }) => figures.reward.mean,
  },
  {
    id: "entropy",
    title: "Policy entropy, nats",
    caption: "Mean entropy over all generated tokens.",
    rule: "AEPO-H1",
    floor: 0,
    format: compact,
    of: ({ figures }) => figures.entropy.policy,
  },
  {
    id: "answers",
    title: "Distinct answers a group",
    caption: "Different answers among the rollouts of one question.",
    rule: "AEPO-R6",
    floor: 0,
    format: compact,
    of: ({ figures }) => figures.diversity.distinctAnswers,
  },
];

function row(
  id: string,
  name: string,
  format: (value: Figure) => string,
  of: (steps: readonly StepRecord[]) => number | null,
): FigureRow {
  return { id, name, group: "mechanisms", format, of };
}

function total(id: string, name: string, pick: Weight): FigureRow {
  return {
    ...row(id, name, count, (steps) => steps.reduce((sum, step) => sum + pick(step), 0)),
    group: "cost",
  };
}

function weighted(steps: readonly StepRecord[], pick: Pick, weight: Weight): number | null {
  let [sum, weights] = [0, 0];
  for (const step of steps) {
    const value = pick(step);
    if (value === null || value === undefined) continue;
    sum += weight(step) * value;
    weights += weight(step);
  }
  return weights > 0 ? sum / weights : null;
}

function one(): number {
  return 1;
}

function difference(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a - b;
}

function ratio(a: number | null, b: number | null): number | null {
  return a === null || b === null || b === 0 ? null : a / b;
}

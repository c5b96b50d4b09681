/**
 * When training ends: after so many steps, or with the step in which a budget is reached. A budget is what makes methods comparable
 * that spend differently: rollouts, tokens that the policy wrote, or tool calls. Everything spent counts, also what a rollback undid.
 */
import { z } from "zod";
import type { RolloutTree } from "../rollout/tree.ts";
import type { RunState } from "../run/checkpoint.ts";
import { AepoError } from "../std/errors.ts";
import { RunDied } from "./doctor/run-died.ts";

export const BUDGET_UNITS = ["rollouts", "tokens", "calls"] as const;

export const budgetSchema = z.strictObject({
  unit: z
    .enum(BUDGET_UNITS)
    .describe("rollouts: paths, branches included; tokens: written by the policy, shared ones once; calls: of tools."),
  amount: z.int().positive().describe("Training ends with the step in which it is reached."),
});
export type TrainingBudget = z.output<typeof budgetSchema>;

/** What decides about the end of a run. */
export interface EndRule {
  readonly steps?: number | undefined;
  readonly budget?: TrainingBudget | undefined;
  readonly questionsPerStep: number;
}

type Spent = RunState["spent"];

/** Steps in a row without any tool call after which a budget of calls is given up. */
const MOST_IDLE_STEPS = 20;

export const NOTHING_SPENT: Spent = { rollouts: 0, tokens: 0, calls: 0, idleSteps: 0 };

/** With the trees of one more step. A probe that is thrown away (AEPO-R1) was paid for, too. */
export function spentWith(before: Spent, trees: readonly RolloutTree[]): Spent {
  const total = (pick: (tree: RolloutTree) => number): number => trees.reduce((sum, tree) => sum + pick(tree), 0);
  const calls = total(({ ledger }) => ledger.toolCalls);
  return {
    rollouts: before.rollouts + total(({ paths, discarded }) => paths.length + (discarded === undefined ? 0 : 1)),
    tokens: before.tokens + total(({ ledger }) => ledger.generated),
    calls: before.calls + calls,
    idleSteps: calls > 0 ? 0 : before.idleSteps + 1,
  };
}

export function isOver({ steps, budget }: EndRule, state: Pick<RunState, "step" | "spent">): boolean {
  return budget === undefined ? state.step >= (steps ?? 0) : state.spent[budget.unit] >= budget.amount;
}

/** Where the learning-rate schedule stands: steps of all steps, or the share of the budget that is spent. */
export function scheduleAt(
  rule: EndRule,
  groupSize: number,
  { step, spent }: Pick<RunState, "step" | "spent">,
): { readonly index: number; readonly total: number } {
  const { steps, budget } = rule;
  if (budget === undefined) return { index: step, total: steps ?? 0 };
  // In rollouts a step's share is known, and the schedule is that of as many steps.
  const unit = budget.unit === "rollouts" ? stepRollouts(rule, groupSize) : 1;
  return { index: spent[budget.unit] / unit, total: budget.amount / unit };
}

/** Steps of the whole run, as far as they are known before: a budget of rollouts is met by so many, if no group takes more of them. */
export function plannedSteps(rule: EndRule, groupSize: number): number | null {
  const { steps, budget } = rule;
  if (budget === undefined) return steps ?? 0;
  return budget.unit === "rollouts" ? Math.ceil(budget.amount / stepRollouts(rule, groupSize)) : null;
}

/** What is wrong with a budget before anything has run: a rollout is at least one token, so a step is at least so many. */
export function budgetProblem(rule: EndRule, groupSize: number): string | null {
  const { budget } = rule;
  const least = stepRollouts(rule, groupSize);
  if (budget === undefined || budget.unit === "calls" || budget.amount >= least) return null;
  return `${budget.amount} ${budget.unit} are less than one step, which is ${rule.questionsPerStep} questions × ${groupSize} rollouts = ${least}: choose at least ${least}, or fewer train.questionsPerStep or a smaller algorithm.groupSize`;
}

/** Throws where a budget turns out to be one that cannot be met. */
export function checkBudget({ budget }: EndRule, { step, spent }: Pick<RunState, "step" | "spent">): void {
  if (budget === undefined) return;
  const { unit, amount } = budget;
  if (step === 1 && spent[unit] > amount) {
    throw new AepoError("config", `train.budget: ${amount} ${unit} are less than one step`, {
      expected: `at least what a step spends: the first one spent ${spent[unit]}`,
      fix: "give a larger budget, fewer train.questionsPerStep or a smaller algorithm.groupSize",
    });
  }
  if (unit === "calls" && spent.idleSteps >= MOST_IDLE_STEPS) {
    throw new RunDied(`train.budget: ${amount} calls are never reached, the policy makes none any more`, {
      exists: `${spent.calls} calls after ${step} steps, none in the last ${spent.idleSteps}`,
      fix: "give the budget in rollouts or tokens",
    });
  }
}

function stepRollouts({ questionsPerStep }: EndRule, groupSize: number): number {
  return questionsPerStep * groupSize;
}

/** A call that was not made because nothing is left to pay it with. Trying again does not help; the policy is told. */
import { ToolFailure } from "../tool-failure.ts";
import { LateFailure } from "../late-failure.ts";

export interface Budget {
  readonly calls?: number | undefined;
  readonly seconds?: number | undefined;
  readonly cost?: number | undefined;
}

export interface Spent {
  readonly calls: number;
  readonly seconds: number;
  readonly cost: number;
}

export class BudgetFailure extends ToolFailure {
  constructor(message: string) {
    super(message, { retryable: false });
    this.name = "BudgetFailure";
  }
}

/** The same where it hung on wall time. */
export class LateBudgetFailure extends LateFailure {
  constructor(message: string) {
    super(message, { retryable: false });
    this.name = "LateBudgetFailure";
  }
}

/** Why one more call at `price` is not in the budget, or null. `whose`: "this path", "this run". */
export function refusal(budget: Budget, spent: Spent, price: number, whose: string): ToolFailure | null {
  const { calls = Infinity, seconds = Infinity, cost = Infinity } = budget;
  if (spent.calls + 1 > calls) return new BudgetFailure(`the budget of ${whose} is used up: ${calls} calls`);
  if (spent.cost + price > cost * (1 + ROUNDING)) {
    return new BudgetFailure(`the budget of ${whose} is used up: it costs at most ${cost}`);
  }
  if (spent.seconds < seconds) return null;
  return new LateBudgetFailure(`the budget of ${whose} is used up: ${seconds} seconds of tools`);
}

/** Ten calls at 0.1 cost 1, although their sum in binary is a little more. */
const ROUNDING = 1e-9;

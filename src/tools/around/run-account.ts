/**
 * What a whole run may ask of some tools, and the meter that says what each try took. The account belongs to whoever opened
 * the tools; it is the one thing here that paths share, and is asked and charged in one step, so that calls at the same time
 * cannot overdraw it. Seconds are known when a call has ended: no call begins after they are used up, and those that run go on.
 */
import type { Clock } from "../../std/clock.ts";
import { type Around, wrapped } from "./around.ts";
import { type Budget, refusal, type Spent } from "./budget-failure.ts";

export class RunAccount {
  readonly price: number;
  private readonly budget: Budget;
  private total: Spent;

  /** `spent`: what the run had spent before it was stopped. */
  constructor(budget: Budget, price: number, spent: Spent = { calls: 0, seconds: 0, cost: 0 }) {
    this.budget = budget;
    this.price = price;
    this.total = spent;
  }

  get spent(): Spent {
    return this.total;
  }

  /** Throws if one more call is not in the budget. */
  check(): void {
    const refused = refusal(this.budget, this.total, this.price, "this run");
    if (refused !== null) throw refused;
  }

  /** The same, and charges the call. */
  charge(): void {
    this.check();
    const { calls, seconds, cost } = this.total;
    this.total = { calls: calls + 1, seconds, cost: cost + this.price };
  }

  addSeconds(seconds: number): void {
    this.total = { ...this.total, seconds: this.total.seconds + seconds };
  }
}

/** Charges every try and writes it on the call's notes. Innermost but for the timeout: what is charged has really begun. */
export function metered(account: RunAccount, clock: Clock): Around {
  return (tool) =>
    wrapped(tool, (inner) => async (input, context) => {
      account.charge();
      const startedMs = clock.nowMs();
      try {
        return await inner(input, context);
      } finally {
        const ms = clock.nowMs() - startedMs;
        account.addSeconds(ms / 1000);
        const { notes } = context;
        if (notes !== undefined) {
          notes.tries++;
          notes.triesMs += ms;
          notes.cost += account.price;
        }
      }
    });
}

/** Refuses before a queue what would be refused behind it. Charges nothing. */
export function whileFunded(account: RunAccount): Around {
  return (tool) =>
    wrapped(tool, (inner) => async (input, context) => {
      account.check();
      return inner(input, context);
    });
}

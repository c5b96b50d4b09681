/**
 * Which measured tool step is decided next (AEPO-R9). `synchronous`: round r is the r-th tool step of all live paths; it
 * is decided when every live path has measured it or has ended, in order of path creation. `depthFirst`: at once.
 */
import type { ToolStep } from "./decide.ts";
import type { ForkPoint, LivePath } from "./live-path.ts";
import type { Order } from "./rules.ts";

/** A measured tool step waiting for its decision. */
export interface PendingStep {
  readonly step: ToolStep;
  readonly point: ForkPoint;
  readonly path: LivePath;
}

export class DecisionQueue {
  private readonly order: Order;
  private readonly pending: PendingStep[] = [];
  private round = 0;

  constructor(order: Order) {
    this.order = order;
  }

  add(pending: PendingStep): void {
    this.pending.push(pending);
  }

  /** Takes the next step to decide, or null if there is none or it has to wait for a live path. */
  next(live: Iterable<LivePath>): PendingStep | null {
    if (this.order === "depthFirst") return this.pending.shift() ?? null;
    const paths = [...live].filter(({ mayBranch }) => mayBranch);
    while (this.pending.length > 0 && paths.every(({ rounds }) => rounds > this.round)) {
      const due = this.pending.filter(({ step }) => step.turn === this.round);
      const first = due.sort((a, b) => a.path.id - b.path.id)[0];
      if (first !== undefined) return this.take(first);
      this.round++;
    }
    return null;
  }

  private take(step: PendingStep): PendingStep {
    this.pending.splice(this.pending.indexOf(step), 1);
    return step;
  }
}

/**
 * Which measured tool step is decided next (AEPO-R9). `synchronous`: round r is the r-th tool step of all live paths; it
 * is decided when every live path has measured it or has ended, in order of path creation. `depthFirst`: at once. Where rounds
 * of a batch hang together (`batch-rounds.ts`), a round also waits for the other questions.
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
  private readonly mayDecide: (round: number) => boolean;
  private round = 0;

  /** `mayDecide`: whether nothing outside the question holds a round up. */
  constructor(order: Order, mayDecide: (round: number) => boolean = () => true) {
    this.order = order;
    this.mayDecide = mayDecide;
  }

  /** The first round with a step that has not been decided; Infinity: none. */
  get earliest(): number {
    return Math.min(...this.pending.map(({ step }) => step.turn));
  }

  add(pending: PendingStep): void {
    this.pending.push(pending);
  }

  /** Takes the next step to decide, or null if there is none or it has to wait. */
  take(live: Iterable<LivePath>): PendingStep | null {
    const due = this.due(live);
    if (due !== null) this.pending.splice(this.pending.indexOf(due), 1);
    return due;
  }

  /** What `take` would take. */
  due(live: Iterable<LivePath>): PendingStep | null {
    if (this.order === "depthFirst") return this.pending[0] ?? null;
    const paths = [...live].filter(({ mayBranch }) => mayBranch);
    while (this.pending.length > 0 && paths.every(({ rounds }) => rounds > this.round)) {
      const due = this.pending.filter(({ step }) => step.turn === this.round);
      const first = due.sort((a, b) => a.path.id - b.path.id)[0];
      if (first !== undefined) return this.mayDecide(this.round) ? first : null;
      this.round++;
    }
    return null;
  }
}

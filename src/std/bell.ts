/**
 * Waiting for the next of many events. A race over thousands of promises leaves a reaction behind on each of them every time it is
 * run, until they settle; whoever waits here is one entry in a list.
 */
export class Bell {
  private waiting: (() => void)[] = [];

  ring(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const wake of waiting) wake();
  }

  /** Resolves when it rings next. */
  next(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}

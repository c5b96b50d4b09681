/**
 * Who shares a batch with whom. A server may compute requests of one kind together, and one bad request fails all of them with its
 * own message. A request that failed in company is tried once more alone: until it is done no other of its kind is submitted.
 */

/** More sequences than servers that batch this way compute together. */
const LARGEST_BATCH = 64;

interface Ticket {
  /** Another request of this client was open at the same time. */
  company: boolean;
}

export class BatchGate {
  private readonly open = new Set<Ticket>();
  /** Resolves when nobody is, or waits to be, alone. */
  private alone: Promise<void> = Promise.resolve();
  private aloneCount = 0;
  private readonly waiting: (() => void)[] = [];

  /** So many are open that emptying the server for one would cost more than it can find out: an engine of many machines. */
  get isCrowded(): boolean {
    return this.open.size > LARGEST_BATCH;
  }

  /** Takes a place among the others; waits while somebody is alone. */
  async enter(): Promise<Ticket> {
    while (this.aloneCount > 0) await this.alone;
    const ticket = { company: this.open.size > 0 };
    // Of two and more each has company already.
    if (this.open.size === 1) for (const other of this.open) other.company = true;
    this.open.add(ticket);
    return ticket;
  }

  leave(ticket: Ticket): void {
    if (!this.open.delete(ticket) || this.open.size > 0) return;
    for (const wake of this.waiting.splice(0)) wake();
  }

  /** Runs `work` when nothing else is open, one after the other. */
  async inSolitude<T>(work: () => Promise<T>): Promise<T> {
    this.aloneCount++;
    const before = this.alone;
    let done = (): void => {};
    this.alone = new Promise((resolve) => (done = resolve));
    try {
      await before;
      while (this.open.size > 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
      return await work();
    } finally {
      this.aloneCount--;
      done();
    }
  }
}

export type { Ticket };

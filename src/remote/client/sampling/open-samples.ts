/** Open samples of one model's samplers: its next step waits for them where a server would mix old and new weights. */

export class OpenSamples {
  private open = 0;
  private readonly waiting: (() => void)[] = [];

  async during<T>(work: () => Promise<T>): Promise<T> {
    this.open++;
    try {
      return await work();
    } finally {
      if (--this.open === 0) for (const wake of this.waiting.splice(0)) wake();
    }
  }

  /** Resolves when none is open. */
  async none(): Promise<void> {
    while (this.open > 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }
}

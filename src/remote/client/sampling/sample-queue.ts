/** As many sample requests on the server as the options say; the others wait here. A server that says 429 is left alone for a while. */
import PQueue from "p-queue";
import type { Counters } from "../connection.ts";

export class SampleQueue {
  private readonly queue: PQueue;
  private readonly counters: Counters;
  private calmUntil: ReturnType<typeof setTimeout> | undefined;

  constructor(concurrency: number, counters: Counters) {
    this.queue = new PQueue({ concurrency });
    this.counters = counters;
  }

  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const done = this.queue.add(
      () => {
        this.count();
        return work();
      },
      { signal },
    );
    this.count();
    try {
      return await done;
    } finally {
      this.count();
    }
  }

  /** Starts no further request for so long. */
  calm(ms: number): void {
    this.queue.pause();
    clearTimeout(this.calmUntil);
    this.calmUntil = setTimeout(() => this.queue.start(), ms);
  }

  close(): void {
    clearTimeout(this.calmUntil);
    // What waits has a signal that has fired: each rejects in its turn.
    this.queue.start();
  }

  private count(): void {
    this.counters.samplesRunning = this.queue.pending;
    this.counters.samplesWaiting = this.queue.size;
  }
}

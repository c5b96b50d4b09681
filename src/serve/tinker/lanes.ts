/**
 * Who gets the engine next. Each model has a lane in which its requests take effect in the order they were submitted; lanes
 * take turns, so that a client that submits a hundred requests delays another's by one.
 */
import PQueue from "p-queue";

export class Lanes {
  private readonly engine = new PQueue({ concurrency: 1 });

  /** Each lane has at most one request in the engine's queue, which is first in, first out: they take turns. */
  open(): Lane {
    return new Lane(this.engine);
  }
}

export class Lane {
  private readonly engine: PQueue;
  private readonly own = new PQueue({ concurrency: 1 });
  private closed: { readonly reason: Error } | null = null;

  constructor(engine: PQueue) {
    this.engine = engine;
  }

  /** Requests that wait or run. */
  get open(): number {
    return this.own.size + this.own.pending;
  }

  run<T>(job: () => Promise<T>): Promise<T> {
    return this.own.add(() =>
      this.engine.add(() => {
        if (this.closed !== null) throw this.closed.reason;
        return job();
      }),
    );
  }

  /** Requests that have not begun fail with `reason`; resolves when the one that runs has ended. */
  async close(reason: Error): Promise<void> {
    this.closed ??= { reason };
    await this.own.onIdle();
  }
}

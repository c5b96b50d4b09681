/** A task that may hold something open (tools, data, a reward's workers): opened before the work, closed after it. */
import type { AnyTask } from "../envs/task.ts";

export interface TaskOpening {
  readonly signal: AbortSignal;
  /** Of everything random in the task: mixtures and the order of its data. */
  readonly seed: number;
  /** Told what was left out of the data or mended in it. */
  onWarning(text: string): void;
}

/** A task that can be worked with. */
export interface OpenTask {
  readonly task: AnyTask;
  /** Gives back what it holds. Closing twice does nothing more. */
  close(): Promise<void>;
}

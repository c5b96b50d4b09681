/** A task that may hold something open (tools, data, a reward's workers): opened before the work, closed after it. */
import type { AnyTask } from "../envs/task.ts";
import type { CountTokens } from "../tools/around/cut-text.ts";

export interface TaskOpening {
  readonly signal: AbortSignal;
  /** Of everything random in the task: mixtures, the order of its data, pauses. */
  readonly seed: number;
  /**
   * `train`: a run, whose tool traffic is recorded if the task says so. `use`: anything else that calls tools. `plan`: nothing is
   * called, so no tool is opened and no key needed.
   */
  readonly purpose: "train" | "use" | "plan";
  /** Counts tokens as the model does; asked for only where results are cut by tokens. */
  tokenCounter?(): Promise<CountTokens>;
  /** Told what was left out of the data or mended in it. */
  onWarning(text: string): void;
}

/** A task that can be worked with. */
export interface OpenTask {
  readonly task: AnyTask;
  /** Gives back what it holds. Closing twice does nothing more. */
  close(): Promise<void>;
}

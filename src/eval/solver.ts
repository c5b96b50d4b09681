/** What answers questions in an evaluation: a model in this process, or one behind a chat API. */
import type { AnyTask, Question } from "../envs/task.ts";
import type { Trajectory } from "./trajectory.ts";

export interface Solver {
  /** Of the model, for results. */
  readonly description: string;
  /**
   * Questions that are solved together. They are cut off at fixed places and each lot is solved whole: what an interrupted evaluation
   * has left makes no difference to what is drawn.
   */
  readonly together: number;
  /** Lots that are solved at a time. */
  readonly concurrency: number;
  /** `samples` attempts at each question, in order. Rejects where no attempt can be made at all, and when the signal fires. */
  solve(
    task: AnyTask,
    questions: readonly Question[],
    samples: number,
    signal: AbortSignal,
  ): Promise<readonly (readonly Trajectory[])[]>;
  close(): Promise<void>;
}

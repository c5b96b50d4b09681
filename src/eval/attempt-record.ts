/** What the journal of an evaluation holds: one line a question, with every attempt at it as it was written and judged. */
import type { ErrorClass } from "./error-class.ts";
import type { Trajectory } from "./trajectory.ts";

export interface QuestionRecord {
  readonly suite: string;
  readonly id: string;
  /** How hard the data says it is; null if it does not. */
  readonly level: string | null;
  /** As a reader sees it. */
  readonly prompt: string;
  readonly answers: readonly string[];
  readonly attempts: readonly AttemptRecord[];
}

export interface AttemptRecord extends Trajectory {
  /** Null: right. */
  readonly error: ErrorClass | null;
  /** By the suite's metric, 0 … 1; null where it could not be judged. */
  readonly score: number | null;
  readonly correct: boolean;
  /** What it votes for in maj@k: a text that stands for all answers equal to it; null: no answer. */
  readonly vote: string | null;
}

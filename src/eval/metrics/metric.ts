/** How a suite's answers are scored, and when two answers count as the same in a vote. */
import type { Task } from "../../envs/task.ts";

export const METRIC_NAMES = ["exact", "f1", "math", "choice", "judge"] as const;
export type MetricName = (typeof METRIC_NAMES)[number];

export interface Metric {
  readonly name: MetricName;
  /** The part of the reward that is the score. */
  readonly part: string;
  readonly reward: Task["reward"];
  /** The answer of a turn, as it is shown; null: there is none. */
  answerIn(turn: string): string | null;
  /** The answer as it votes, in a normal form; null: nothing that can vote. */
  voteOf(answer: string): string | null;
  /** Whether two normal forms mean the same, where texts alone do not say. */
  same?(a: string, b: string): Promise<boolean>;
  close(): Promise<void>;
}

/** A suite as a task: its questions, asked as an agent asks them, with the agent's tools, and the metric as reward. */
import type { DataQuestion } from "../data/question-set.ts";
import type { AnyTask, Question, Task } from "../envs/task.ts";
import { AepoError } from "../std/errors.ts";

/** How questions are asked and what may be done about them: what of a task does not depend on its questions. */
export interface SuiteAgent extends Pick<AnyTask, "tools" | "dialect" | "environment" | "limits"> {
  /** As the policy reads it. */
  ask(question: DataQuestion): Question;
}

export function suiteTask(
  suite: string,
  questions: readonly DataQuestion[],
  { ask, tools, dialect, environment, limits }: SuiteAgent,
  reward: Task["reward"],
): AnyTask {
  return {
    name: suite,
    description: `${questions.length} questions of ${suite}`,
    tools,
    dialect,
    environment,
    limits,
    entropyWindow: { tokens: 20, skip: 0 },
    question(_, index) {
      const question = questions[index];
      if (question !== undefined) return ask(question);
      throw new AepoError("usage", `${suite} has no question ${index}`, { exists: `0 to ${questions.length - 1}` });
    },
    reward,
  };
}

/** Answers by a model behind a chat API: a fixed number of attempts are open at a time, each with seeds of its own. */
import { setMaxListeners } from "node:events";
import PQueue from "p-queue";
import type { Question } from "../../envs/task.ts";
import type { Solver } from "../solver.ts";
import type { Trajectory } from "../trajectory.ts";
import { attemptByChat, type ChatAgent } from "./chat-attempt.ts";

export interface ChatSolverOptions extends Omit<ChatAgent, "task"> {
  readonly description: string;
  /** Attempts that are open at a time. */
  readonly concurrency: number;
}

export function chatSolver({ description, concurrency, ...agent }: ChatSolverOptions): Solver {
  const queue = new PQueue({ concurrency });
  return {
    description,
    together: 1,
    concurrency,
    solve(task, questions, samples, signal) {
      // Every attempt listens, however many there are.
      setMaxListeners(0, signal);
      const attempt = (question: Question, sample: number): Promise<Trajectory> =>
        queue.add(() => attemptByChat({ ...agent, task }, question, sample, signal), { signal });
      return Promise.all(
        questions.map((question) =>
          Promise.all(Array.from({ length: samples }, (_, sample) => attempt(question, sample))),
        ),
      );
    },
    close: () => Promise.resolve(),
  };
}

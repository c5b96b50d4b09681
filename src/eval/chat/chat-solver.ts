/**
 * Answers by a model behind a chat API: a fixed number of attempts are open at a time, each with seeds of its own. A server that
 * fails again and again is given up: what is left would only fail more slowly.
 */
import { setMaxListeners } from "node:events";
import PQueue from "p-queue";
import type { Question } from "../../envs/task.ts";
import { AepoError } from "../../std/errors.ts";
import type { Solver } from "../solver.ts";
import type { Trajectory } from "../trajectory.ts";
import { attemptByChat, type ChatAgent } from "./chat-attempt.ts";

export interface ChatSolverOptions extends Omit<ChatAgent, "task"> {
  readonly description: string;
  /** Attempts that are open at a time. */
  readonly concurrency: number;
}

/** Failed attempts in a row, and as many for each that is open. */
const [LEAST_FAILURES, FAILURES_PER_OPEN] = [20, 2] as const;

export function chatSolver({ description, concurrency, ...agent }: ChatSolverOptions): Solver {
  const queue = new PQueue({ concurrency });
  const most = Math.max(LEAST_FAILURES, FAILURES_PER_OPEN * concurrency);
  let inARow = 0;
  const counted = (attempt: Trajectory): Trajectory => {
    inARow = attempt.end === "failed" ? inARow + 1 : 0;
    if (inARow < most) return attempt;
    throw new AepoError("policy", `${inARow} attempts in a row have failed: ${attempt.why ?? ""}`, {
      fix: "mend the server, then give the same command again: it goes on, and asks again what has failed",
    });
  };
  return {
    description,
    together: 1,
    concurrency,
    solve(task, questions, samples, signal) {
      // Every attempt listens, however many there are.
      setMaxListeners(0, signal);
      const attempt = (question: Question, sample: number): Promise<Trajectory> =>
        queue.add(async () => counted(await attemptByChat({ ...agent, task }, question, sample, signal)), { signal });
      return Promise.all(
        questions.map((question) =>
          Promise.all(Array.from({ length: samples }, (_, sample) => attempt(question, sample))),
        ),
      );
    },
    close: () => Promise.resolve(),
  };
}

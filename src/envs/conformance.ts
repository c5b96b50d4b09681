/**
 * What every task must keep, checked on a sample of its questions: questions are pure and the splits disjoint, words are
 * in the vocabulary, demonstrations read turn by turn in the task's own dialect, running their calls again gives the
 * recorded results, a fork never disturbs its original (AEPO-R8), limits hold, and the reward is what it should be.
 * Framework-free: a test asserts that `faults` is empty.
 */
import { messageOf } from "../std/errors.ts";
import { randomStream } from "../std/random.ts";
import { probeFaults, sampleFaults } from "./conformance-questions.ts";
import { replay } from "./conformance-replay.ts";
import type { AnyTask, Split } from "./task.ts";

export interface TaskCheck {
  /** Questions of each split; default 100. */
  readonly questions?: number;
  /** The demonstrations are careful: each must be correct, with a reward of at least 1. */
  readonly careful?: boolean;
  /** Names the demonstrations' random streams; default 0. */
  readonly seed?: number;
}

export interface TaskReport {
  /** One sentence a fault; empty for a sound task. */
  readonly faults: readonly string[];
  /** Figures of the demonstrations, both splits; tokens are words, and NaN without a vocabulary. */
  readonly demonstrations: number;
  readonly correctShare: number;
  readonly meanTokens: number;
  readonly maxTokens: number;
  readonly maxCalls: number;
}

/** Checks a task. Rejects only if the task's own code throws outside a demonstration. */
export async function checkTask(task: AnyTask, check: TaskCheck = {}): Promise<TaskReport> {
  const { questions = 100, careful = false, seed = 0 } = check;
  const faults = [...sampleFaults(task, questions), ...probeFaults(task, questions, seed)];
  const tokens: number[] = [];
  const calls: number[] = [];
  let correct = 0;
  for (const split of ["train", "test"] as const) {
    for (let index = 0; task.demonstrate !== undefined && index < questions; index++) {
      const run = await demonstration(task, split, index, seed);
      if (typeof run === "string") {
        faults.push(run);
        continue;
      }
      tokens.push(run.tokens);
      calls.push(run.transcript.calls.length);
      if (run.reward.correct) correct++;
      else if (careful)
        faults.push(`${split}/${index}: a careful demonstration answers ${run.transcript.answer}, not right`);
      if (careful && run.reward.total < 1)
        faults.push(`${split}/${index}: a careful reward is ${run.reward.total}, not 1`);
    }
  }
  return {
    faults,
    demonstrations: tokens.length,
    correctShare: correct / tokens.length,
    meanTokens: tokens.reduce((sum, count) => sum + count, 0) / tokens.length,
    maxTokens: Math.max(...tokens),
    maxCalls: Math.max(...calls),
  };
}

async function demonstration(task: AnyTask, split: Split, index: number, seed: number) {
  const question = task.question(split, index);
  try {
    const parts = task.demonstrate?.(question, randomStream(seed, "conformance", split, index)).parts ?? [];
    return await replay(task, question, parts);
  } catch (thrown) {
    return `${split}/${index}: ${messageOf(thrown)}`;
  }
}

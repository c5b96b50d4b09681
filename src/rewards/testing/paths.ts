/** Questions and finished paths for tests of rewards. */
import type { Question, Transcript } from "../../envs/task.ts";

export function questionOf(answers: readonly string[], more: Partial<Question> = {}): Question {
  return { id: "q", prompt: "What?", answers, data: undefined, ...more };
}

/** A path in the paper's tags that calls tools and answers. */
export function pathOf(
  answer: string | null,
  calls: readonly string[] = [],
  more: Partial<Transcript> = {},
): Transcript {
  const called = calls.map((tool) => `<think> a </think><${tool}> x </${tool}>`);
  return {
    turns: [...called, ...(answer === null ? [] : [`<think> b </think><answer> ${answer} </answer>`])],
    results: calls.map(() => "y"),
    calls: calls.map((tool) => ({ tool, input: "x", failed: false })),
    answer,
    ...more,
  };
}

/** The record of one question: each attempt's class of error and score, and which attempts gave the same answer. */
import type { DataQuestion } from "../data/question-set.ts";
import type { AttemptRecord, QuestionRecord } from "./attempt-record.ts";
import { errorClassOf, isScored } from "./error-class.ts";
import type { Metric } from "./metrics/metric.ts";
import type { Trajectory } from "./trajectory.ts";

export async function recordQuestion(
  suite: string,
  { id, level, prompt, answers }: DataQuestion,
  metric: Metric,
  trajectories: readonly Trajectory[],
): Promise<QuestionRecord> {
  const finals = trajectories.map(({ answer }) => (answer === null ? null : metric.answerIn(answer)));
  const votes = await votesOf(metric, finals);
  const attempts = trajectories.map((trajectory, i): AttemptRecord => {
    const answer = finals[i] ?? null;
    const error = errorClassOf({ ...trajectory, answer });
    const { reward } = trajectory;
    const score = isScored(error) ? Math.max(0, reward?.parts[metric.part] ?? 0) : null;
    const vote = isScored(error) ? (votes[i] ?? null) : null;
    return { ...trajectory, answer, error, score, correct: error === null, vote };
  });
  return { suite, id, level: level ?? null, prompt, answers, attempts };
}

/** Equal answers get the text among theirs that comes first. */
async function votesOf(metric: Metric, answers: readonly (string | null)[]): Promise<(string | null)[]> {
  const texts = answers.map((answer) => (answer === null ? null : metric.voteOf(answer)));
  const distinct = [...new Set(texts.filter((text) => text !== null))].sort();
  const standsFor = new Map<string, string>();
  for (const text of distinct) {
    let equal = text;
    for (const first of new Set(standsFor.values())) {
      if ((await metric.same?.(first, text)) === true) {
        equal = first;
        break;
      }
    }
    standsFor.set(text, equal);
  }
  return texts.map((text) => (text === null ? null : (standsFor.get(text) ?? text)));
}

import { expect, it } from "vitest";
import type { AttemptRecord, QuestionRecord } from "../../eval/attempt-record.ts";
import { suiteProgress } from "./suite-progress.ts";

function record(...errors: AttemptRecord["error"][]): QuestionRecord {
  const attempts = errors.map((error) => ({ error })) as unknown as AttemptRecord[];
  return { suite: "gsm8k", id: "1", level: null, prompt: "", answers: [], attempts };
}

it("says how far it is, at most every ten seconds and at the end", () => {
  const lines: string[] = [];
  let nowMs = 0;
  const clock = { nowMs: () => nowMs, timestamp: () => "" };
  const { onQuestion } = suiteProgress(clock, (line) => lines.push(line));
  onQuestion(record(null, null), 0, 4);
  nowMs = 5000;
  onQuestion(record("wrong answer", null), 2, 4);
  nowMs = 12_000;
  onQuestion(record("failed", "no answer"), 3, 4);
  nowMs = 14_000;
  onQuestion(record("wrong answer"), 4, 4);
  expect(lines).toEqual([
    // Of five judged attempts three are right; two questions took 12 s, one is left.
    "3 of 4 questions: 60 % of attempts right, 1 attempts not judged, 6.0 s left",
    "4 of 4 questions: 50 % of attempts right, 1 attempts not judged in 14 s",
  ]);
});

/** How far an evaluation is, a line now and then: for terminals and logs alike. */
import type { QuestionRecord } from "../../eval/attempt-record.ts";
import { isScored } from "../../eval/error-class.ts";
import type { Clock } from "../../std/clock.ts";
import { count, duration, percent } from "../figure-format.ts";

const EVERY_MS = 10_000;

export interface SuiteProgress {
  /** `done` 0: the question was finished before this evaluation went on. */
  onQuestion(record: QuestionRecord, done: number, of: number): void;
}

export function suiteProgress(clock: Clock, say: (line: string) => void): SuiteProgress {
  const startedMs = clock.nowMs();
  let saidMs = startedMs;
  let before = 0;
  let [right, judged, failed] = [0, 0, 0];
  return {
    onQuestion({ attempts }, done, of) {
      for (const { error } of attempts) {
        if (error === null) right++;
        if (isScored(error)) judged++;
        else failed++;
      }
      if (done === 0) {
        before++;
        return;
      }
      const nowMs = clock.nowMs();
      if (done < of && nowMs - saidMs < EVERY_MS) return;
      saidMs = nowMs;
      const seconds = (nowMs - startedMs) / 1000;
      const left = ((of - done) * seconds) / Math.max(1, done - before);
      const lost = failed === 0 ? "" : `, ${count(failed)} attempts not judged`;
      const rest = done < of ? `, ${duration(left)} left` : ` in ${duration(seconds)}`;
      say(`${count(done)} of ${count(of)} questions: ${percent(right / judged)} of attempts right${lost}${rest}`);
    },
  };
}

/**
 * Runs suites with a solver: lots of questions at fixed places, each solved whole, every finished question appended to the journal. A
 * question whose attempts could not all be judged is not finished: going on asks it again, and its last record counts.
 */
import type { DataQuestion } from "../data/question-set.ts";
import type { AnyTask } from "../envs/task.ts";
import type { QuestionRecord } from "./attempt-record.ts";
import { isScored } from "./error-class.ts";
import { keyOf, type OpenFolder } from "./evaluation-folder.ts";
import type { Metric } from "./metrics/metric.ts";
import { recordQuestion } from "./record-question.ts";
import type { Solver } from "./solver.ts";

/** A suite, ready to be asked. */
export interface SuiteWork {
  readonly suite: string;
  readonly questions: readonly DataQuestion[];
  /** Its index-th test question is the index-th of `questions`. */
  readonly task: AnyTask;
  readonly metric: Metric;
}

export interface SuiteRun {
  readonly works: readonly SuiteWork[];
  readonly solver: Solver;
  readonly samples: number;
  readonly folder: OpenFolder;
  readonly signal: AbortSignal;
  /** Told of each question as its lot is finished, with how many are; those of before come first, with 0. */
  onQuestion?(record: QuestionRecord, done: number, of: number): void;
}

/** Records of all questions, in the order of the suites. */
export async function runSuites(run: SuiteRun): Promise<QuestionRecord[]> {
  const { works, solver, folder, onQuestion } = run;
  const of = works.reduce((sum, { questions }) => sum + questions.length, 0);
  const asked = new Set(works.flatMap(({ suite, questions }) => questions.map(({ id }) => keyOf({ suite, id }))));
  const records = new Map(folder.records.map((record) => [keyOf(record), record]));
  const finished = new Set(
    [...records].filter(([key, record]) => asked.has(key) && isFinished(record)).map(([key]) => key),
  );
  for (const key of finished) onQuestion?.(records.get(key) as QuestionRecord, 0, of);
  let done = finished.size;
  const lots = works.flatMap((work) => lotsOf(work, solver.together));
  const pending = lots.filter(({ work, from, to }) =>
    work.questions.slice(from, to).some(({ id }) => !finished.has(keyOf({ suite: work.suite, id }))),
  );
  await concurrently(pending, solver.concurrency, run.signal, async (lot, signal) => {
    const solved = (await solveLot(run, lot, signal)).filter((record) => !finished.has(keyOf(record)));
    for (const record of solved) {
      folder.journal.append(record);
      records.set(keyOf(record), record);
    }
    done += solved.length;
    for (const record of solved) onQuestion?.(record, done, of);
  });
  return works.flatMap(({ suite, questions }) =>
    questions.flatMap(({ id }) => records.get(keyOf({ suite, id })) ?? []),
  );
}

function isFinished({ attempts }: QuestionRecord): boolean {
  return attempts.every(({ error }) => isScored(error));
}

interface Lot {
  readonly work: SuiteWork;
  readonly from: number;
  readonly to: number;
}

function lotsOf(work: SuiteWork, together: number): Lot[] {
  const count = Math.ceil(work.questions.length / together);
  return Array.from({ length: count }, (_, i) => ({
    work,
    from: i * together,
    to: Math.min(work.questions.length, (i + 1) * together),
  }));
}

async function solveLot(
  { solver, samples }: SuiteRun,
  { work, from, to }: Lot,
  signal: AbortSignal,
): Promise<QuestionRecord[]> {
  const { suite, task, metric, questions } = work;
  const asked = questions.slice(from, to);
  const posed = asked.map((_, i) => task.question("test", from + i));
  const solved = await solver.solve(task, posed, samples, signal);
  return Promise.all(asked.map((question, i) => recordQuestion(suite, question, metric, solved[i] ?? [])));
}

/** The first error stops all: what others have begun is not waited for in vain. */
async function concurrently<T>(
  list: readonly T[],
  concurrency: number,
  signal: AbortSignal,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < list.length) {
      stop.throwIfAborted();
      const item = list[next++] as T;
      try {
        await work(item, stop);
      } catch (thrown) {
        failed.abort(thrown);
        throw thrown;
      }
    }
  };
  const results = await Promise.allSettled(Array.from({ length: Math.min(concurrency, list.length) }, worker));
  signal.throwIfAborted();
  if (failed.signal.aborted) throw failed.signal.reason;
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

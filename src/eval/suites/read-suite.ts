/** A suite's questions out of its file, and what identifies them. */
import { createHash } from "node:crypto";
import { openQuestions } from "../../data/open-questions.ts";
import type { DataQuestion } from "../../data/question-set.ts";
import { AepoError } from "../../std/errors.ts";
import { whereToGet } from "./suite-file.ts";
import type { Suite } from "./suite.ts";

export interface SuiteQuestions {
  readonly suite: Suite;
  readonly file: string;
  readonly questions: readonly DataQuestion[];
  /** Of ids, prompts and answers, in their order. */
  readonly fingerprint: string;
}

export interface ReadOptions {
  /** The first so many questions; null: all. */
  readonly limit: number | null;
  readonly signal: AbortSignal;
  /** Told what was repaired or left out. */
  onWarning?(text: string): void;
}

export async function readSuite(suite: Suite, file: string, options: ReadOptions): Promise<SuiteQuestions> {
  const { limit, signal, onWarning } = options;
  const { mapping, filter } = suite;
  const rows = Object.entries(filter ?? {}).map(([column, values]) => [column, [...values]]);
  const source = { file, mapping, filter: Object.fromEntries(rows), ...(limit === null ? {} : { limit }) };
  const data = await openQuestions(
    { train: [source], shuffle: false },
    { seed: 0, signal, ...(onWarning === undefined ? {} : { onWarning }) },
  ).catch((thrown: unknown) => {
    signal.throwIfAborted();
    if (!file.startsWith("hf://") || !(thrown instanceof AepoError)) throw thrown;
    throw new AepoError("config", `${suite.title} could not be read from ${file}: ${thrown.message}`, {
      fix: whereToGet(suite),
      cause: thrown,
    });
  });
  const { questions } = data.train;
  if (questions.length === 0) throw new AepoError("config", `${file} has no questions`, { fix: whereToGet(suite) });
  const content = JSON.stringify(questions.map(({ id, prompt, answers }) => [id, prompt, answers]));
  return { suite, file, questions, fingerprint: createHash("sha256").update(content).digest("hex").slice(0, 16) };
}

/** Evaluation on suites as a TypeScript user calls it: plain options in, the result out, journal and results in a folder. */
import { z } from "zod";
import type { AnyTask } from "../envs/task.ts";
import { taskAgent } from "../eval/task-agent.ts";
import type { QuestionRecord } from "../eval/attempt-record.ts";
import { suiteChoices } from "../eval/suites/list.ts";
import { systemClock } from "../std/clock.ts";
import { AepoError } from "../std/errors.ts";
import { suiteEvaluationSchema } from "./suite-config.ts";
import { evaluateOnSuites, type SuiteEvaluation } from "./suite-evaluation.ts";

export interface EvaluateSuitesRequest extends z.input<typeof suiteEvaluationSchema> {
  /** Run, checkpoint or model folder, GGUF file, hf://…, bundled:NAME or http://server. */
  readonly model: string;
  /** Each NAME or NAME=FILE. */
  readonly suites: readonly string[];
  /** Folder of the suites' files, or one file (default: the public files). */
  readonly data?: string;
  /** Journal and results; an evaluation that is in it goes on. */
  readonly out: string;
  /** Whose tools, dialect, limits and world are used (default: no tools). */
  readonly task?: AnyTask;
  /** Of a model server that wants one. */
  readonly apiKey?: string;
  readonly signal?: AbortSignal;
  onQuestion?(record: QuestionRecord, done: number, of: number): void;
  onWarning?(text: string): void;
}

/** Answers, scores and keeps; `writeEvaluation` makes the pages. */
export async function evaluateSuites(request: EvaluateSuitesRequest): Promise<SuiteEvaluation> {
  const { model, suites, data, out, task, apiKey, signal, onQuestion, onWarning, ...settings } = request;
  const parsed = suiteEvaluationSchema.safeParse(settings);
  if (!parsed.success) throw new AepoError("config", `evaluateSuites: ${z.prettifyError(parsed.error)}`);
  return evaluateOnSuites({
    model,
    suites: suiteChoices(suites),
    data: data ?? null,
    folder: out,
    config: parsed.data,
    agent: task === undefined ? null : taskAgent(task),
    apiKey: apiKey ?? null,
    clock: systemClock,
    signal: signal ?? new AbortController().signal,
    ...(onQuestion === undefined ? {} : { onQuestion }),
    ...(onWarning === undefined ? {} : { onWarning }),
  });
}

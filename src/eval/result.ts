/** What an evaluation found, out of its settings and its journal alone. */
import type { JsonObject } from "../std/json.ts";
import type { QuestionRecord } from "./attempt-record.ts";
import { type Prices, type SuiteSummary, summariseSuite } from "./suite-summary.ts";

/** What makes an evaluation the one it is; `eval.json`. Two that agree in all of it draw the same (a local policy) or ask the same. */
export interface EvaluationSettings {
  readonly version: 1;
  /** As it was given: a folder, a file, a name, an address. */
  readonly model: string;
  /** What it is: architecture and size, or the server's name for it. */
  readonly policy: string;
  readonly seed: number;
  readonly samples: number;
  readonly temperature: number;
  /** How the distribution was cut, in words; "" if it was not. */
  readonly shaping: string;
  readonly limits: { readonly turns: number; readonly calls: number; readonly tokens: number };
  readonly tools: readonly string[];
  readonly dialect: string;
  /** Of a recipe or of the command line; null: the one that comes with the suite. */
  readonly system: string | null;
  /** Questions solved together; null for a server. */
  readonly together: number | null;
  /** Fingerprint of how they are asked: prompts and tools. */
  readonly asking: string;
  readonly suites: readonly SuiteSettings[];
}

export interface SuiteSettings {
  readonly name: string;
  readonly title: string;
  readonly file: string;
  readonly questions: number;
  /** Of ids, prompts and answers. */
  readonly fingerprint: string;
  readonly metric: string;
  /** What the metric is where it is not the suite's own, or who judges. */
  readonly metricNote: string | null;
}

export interface EvaluationResult {
  readonly settings: EvaluationSettings;
  readonly k: readonly number[];
  readonly price: Prices | null;
  readonly suites: readonly SuiteResult[];
}

export interface SuiteResult extends SuiteSummary {
  readonly title: string;
  readonly metricNote: string | null;
  /** Questions that were to be asked; `all.questions` have been. */
  readonly of: number;
}

export function evaluationResult(
  settings: EvaluationSettings,
  records: readonly QuestionRecord[],
  { k, price }: { readonly k: readonly number[]; readonly price: Prices | null },
): EvaluationResult {
  const suites = settings.suites.map(({ name, title, metric, metricNote, questions: of }): SuiteResult => {
    const own = records.filter(({ suite }) => suite === name);
    return { title, metricNote, of, ...summariseSuite(name, metric, own, { k, seed: settings.seed, price }) };
  });
  return { settings, k, price, suites };
}

export function settingsOf(json: JsonObject): EvaluationSettings {
  return json as unknown as EvaluationSettings;
}

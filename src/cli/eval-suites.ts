/** `aepo eval --suite`: a model on public sets of questions, and two such evaluations compared. */
import { basename, join } from "node:path";
import { compareEvaluations } from "../eval/compare-evaluations.ts";
import { evaluationLayout } from "../eval/evaluation-folder.ts";
import { serverKey } from "../remote/openai/server-key.ts";
import type { EvaluationResult } from "../eval/result.ts";
import { type SuiteChoice, suiteChoices } from "../eval/suites/list.ts";
import { comparisonText } from "../report/suites/comparison-text.ts";
import { resultText } from "../report/suites/result-text.ts";
import { suiteProgress } from "../report/suites/suite-progress.ts";
import { writeEvaluation } from "../report/suites/write-evaluation.ts";
import { visibleLine } from "../report/visible.ts";
import { systemClock } from "../std/clock.ts";
import { AepoError } from "../std/errors.ts";
import { readConfig } from "../train/config-source.ts";
import { evaluateOnSuites } from "../train/suite-evaluation.ts";
import { suiteEvaluationSchema } from "../train/suite-config.ts";
import type { ServerTarget } from "../train/served-model.ts";
import { isServer } from "../train/suite-solver.ts";
import { fetchHubModel } from "./download.ts";
import { openAgent } from "./eval-agent.ts";
import { Interrupted, interruptSignal } from "./interrupt.ts";
import { printJson } from "./options.ts";
import { warnOnStderr } from "./warn.ts";

export interface SuiteCommandOptions {
  readonly suite: readonly string[];
  readonly data?: string;
  readonly recipe?: string;
  readonly out?: string;
  /** Where the model is served that is asked by its token ids. */
  readonly server?: ServerTarget;
  readonly json?: boolean;
  /** `--set`, and what other flags mean as such. */
  readonly overrides: readonly string[];
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);

export async function evalSuites(model: string, options: SuiteCommandOptions): Promise<void> {
  const suites = suiteChoices(options.suite);
  const config = readConfig({ name: "eval", text: "{}", overrides: options.overrides }, suiteEvaluationSchema);
  const url = options.server?.url ?? (isServer(model) ? model : null);
  if (url === null) await fetchHubModel(model);
  const folder = options.out ?? join("runs", defaultName(model, suites));
  const { signal, release } = interruptSignal();
  const opened = await openAgent(options.recipe, config.seed, signal).catch((thrown: unknown) => {
    release();
    throw thrown;
  });
  try {
    const { result, records } = await evaluateOnSuites({
      model,
      suites,
      data: options.data ?? null,
      folder,
      config,
      agent: opened.agent,
      ...(options.server === undefined ? {} : { server: options.server }),
      apiKey: url === null ? null : serverKey(url, config.server?.keyEnv, process.env),
      clock: systemClock,
      signal,
      onWarning: warnOnStderr,
      ...suiteProgress(systemClock, say),
    });
    writeEvaluation(folder, result, records);
    say(`\n${resultText(result)}\n\nreport    ${evaluationLayout(folder).page}`);
    if (options.json === true) printJson(summaryOf(folder, result));
  } catch (thrown) {
    if (thrown instanceof Interrupted) say(`\nto go on: the same command again (--out ${visibleLine(folder)})`);
    throw thrown;
  } finally {
    release();
    await opened.close();
  }
}

export function evalCompare(folders: readonly string[], k: readonly number[] | null, json: boolean): void {
  const [a, b, ...others] = folders;
  if (a === undefined || b === undefined || others.length > 0) {
    throw new AepoError("usage", `--compare takes two folders, not ${folders.length}`, {
      expected: "aepo eval --compare runs/eval-A runs/eval-B",
    });
  }
  const comparison = compareEvaluations(a, b, k ?? [1, 3, 5]);
  say(comparisonText(comparison));
  if (json) printJson(comparison);
}

function defaultName(model: string, suites: readonly SuiteChoice[]): string {
  const short = isServer(model) ? new URL(model).host : basename(model).replace(/\.gguf$/i, "");
  return ["eval", short, ...suites.map(({ suite }) => suite.name)].join("-").replace(/[^A-Za-z0-9._-]+/g, "-");
}

function summaryOf(folder: string, { settings, suites, k }: EvaluationResult): object {
  return {
    model: settings.model,
    samples: settings.samples,
    k,
    suites: suites.map(({ suite, metric, all }) => ({ suite, metric, ...all })),
    out: folder,
    report: evaluationLayout(folder).page,
  };
}

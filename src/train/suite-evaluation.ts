/** An evaluation on suites from its settings: who answers, what is asked, by which metric; resumable in its folder. */
import { createHash } from "node:crypto";
import { evaluationResult, type EvaluationResult, type EvaluationSettings } from "../eval/result.ts";
import type { QuestionRecord } from "../eval/attempt-record.ts";
import { openEvaluationFolder } from "../eval/evaluation-folder.ts";
import { openMetric } from "../eval/metrics/open-metric.ts";
import { runSuites, type SuiteRun, type SuiteWork } from "../eval/run-suites.ts";
import { suiteTask } from "../eval/suite-task.ts";
import type { SuiteChoice } from "../eval/suites/list.ts";
import { readSuite, type SuiteQuestions } from "../eval/suites/read-suite.ts";
import { suiteFile } from "../eval/suites/suite-file.ts";
import { shapingWords } from "../policy/shaping.ts";
import { AepoError } from "../std/errors.ts";
import type { JsonObject } from "../std/json.ts";
import { describeTool } from "../tools/describe-tool.ts";
import { ksOf, type SuiteEvaluationConfig } from "./suite-config.ts";
import type { ReadySolver } from "./chat-ready.ts";
import { isServer, openSolver, type SolverRequest } from "./suite-solver.ts";

export interface SuiteEvaluationRequest extends SolverRequest, Pick<SuiteRun, "onQuestion"> {
  readonly suites: readonly SuiteChoice[];
  /** Folder or file of the suites' data; null: the public files. */
  readonly data: string | null;
  /** Where journal and results go. */
  readonly folder: string;
}

export interface SuiteEvaluation {
  readonly result: EvaluationResult;
  readonly records: readonly QuestionRecord[];
}

export async function evaluateOnSuites(request: SuiteEvaluationRequest): Promise<SuiteEvaluation> {
  const { suites, data, config, signal, onWarning } = request;
  const files = suites.map((choice) => ({ suite: choice.suite, file: suiteFile(choice, data) }));
  checkFiles(files);
  checkJudge(request);
  const limit = config.eval.limit ?? null;
  const read: SuiteQuestions[] = [];
  for (const { suite, file } of files) {
    read.push(await readSuite(suite, file, { limit, signal, ...(onWarning === undefined ? {} : { onWarning }) }));
  }
  const ready = await openSolver(request);
  try {
    return await evaluate(request, read, ready);
  } finally {
    await ready.solver.close();
  }
}

async function evaluate(
  request: SuiteEvaluationRequest,
  read: readonly SuiteQuestions[],
  ready: ReadySolver,
): Promise<SuiteEvaluation> {
  const { config, signal, onQuestion } = request;
  const { solver, agent } = ready;
  checkTokens(ready);
  const works: SuiteWork[] = [];
  try {
    for (const { suite, questions } of read) {
      const metric = openMetric(config.eval.metric ?? suite.metric, { format: agent, judge: config.judge ?? null });
      works.push({
        suite: suite.name,
        questions,
        metric,
        task: suiteTask(suite.name, questions, agent, metric.reward),
      });
    }
    const settings = settingsOf(request, read, ready, works);
    const folder = openEvaluationFolder(request.folder, settings as unknown as JsonObject);
    const run = { works, solver, samples: config.eval.samples, folder, signal };
    const told = onQuestion === undefined ? {} : { onQuestion };
    const records = await runSuites({ ...run, ...told }).finally(() => folder.close());
    const price = config.server?.price ?? null;
    return { result: evaluationResult(settings, records, { k: ksOf(config.eval), price }), records };
  } finally {
    for (const { metric } of works) await metric.close();
  }
}

function settingsOf(
  { model, config, server }: SuiteEvaluationRequest,
  read: readonly SuiteQuestions[],
  { solver, agent }: ReadySolver,
  works: readonly SuiteWork[],
): EvaluationSettings {
  const { samples, temperature, shaping, metric: chosen } = config.eval;
  return {
    version: 1,
    model,
    policy: solver.description,
    seed: config.seed,
    samples,
    temperature,
    shaping: shapingWords(shaping),
    limits: agent.limits,
    tools: agent.tools.map(({ name }) => name),
    dialect: agent.dialect.name,
    system: config.system ?? null,
    together: server !== undefined || isServer(model) ? null : solver.together,
    asking: askingOf(works),
    suites: read.map(({ suite, file, questions, fingerprint }) => ({
      name: suite.name,
      title: suite.title,
      file,
      questions: questions.length,
      fingerprint,
      metric: chosen ?? suite.metric,
      metricNote:
        chosen === undefined || chosen === suite.metric
          ? judgeNote(suite.metric, config)
          : `instead of the suite's own metric, ${suite.metric}: not comparable with published figures`,
    })),
  };
}

/** Names how questions are asked: prompts and tools of a recipe, which may change between two calls of the command. */
function askingOf(works: readonly SuiteWork[]): string {
  const asked = works.map(({ task }) => {
    const { prompt, chat } = task.question("test", 0);
    return { prompt, chat, tools: task.tools.map(describeTool) };
  });
  return createHash("sha256").update(JSON.stringify(asked)).digest("hex").slice(0, 16);
}

/** Before anything is opened: a suite that is to be judged needs a judge, and a judge needs something to judge. */
function checkJudge({ suites, config }: SuiteEvaluationRequest): void {
  const judged = suites.filter(({ suite }) => (config.eval.metric ?? suite.metric) === "judge");
  const names = judged.map(({ suite }) => suite.title).join(", ");
  if (judged.length > 0 && config.judge === undefined) {
    throw new AepoError("config", `${names}: scored by a judge model, and no judge is set`, {
      expected: "judge.model and, of a server that is not OpenAI's, judge.baseURL",
      fix: "--set judge.model=NAME judge.baseURL=http://…/v1, or another metric: --metric exact or --metric f1 (the report says so)",
    });
  }
  if (judged.length > 0 || config.judge === undefined) return;
  throw new AepoError("config", "judge: has no effect, no suite is scored by a judge", {
    fix: "leave judge out, or ask for it: --metric judge",
  });
}

function judgeNote(metric: string, { judge }: SuiteEvaluationConfig): string | null {
  return metric === "judge" && judge !== undefined ? `judged by ${judge.model}` : null;
}

/** A single file given for several suites would be asked as each of them. */
function checkFiles(files: readonly { readonly file: string }[]): void {
  const twice = files.find(({ file }, i) => files.findIndex((other) => other.file === file) < i)?.file;
  if (twice === undefined) return;
  throw new AepoError("usage", `${twice} would be read for several suites`, {
    fix: "give a folder (--data FOLDER), or a file for each: --suite NAME=FILE",
  });
}

function checkTokens({ agent, mostTokens }: ReadySolver): void {
  if (mostTokens === null || agent.limits.tokens <= mostTokens) return;
  throw new AepoError("config", "the limit of tokens is longer than the policy can read", {
    expected: `limits.tokens of at most ${mostTokens}`,
    exists: String(agent.limits.tokens),
  });
}

/** The tables of an evaluation's result, as cells of text: what the terminal, the Markdown and the page print alike. */
import { ERROR_CLASSES } from "../../eval/error-class.ts";
import type { EvaluationResult, SuiteResult } from "../../eval/result.ts";
import type { GroupSummary } from "../../eval/suite-summary.ts";
import { compact, count, fixed } from "../figure-format.ts";
import { share } from "./share-format.ts";

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** One row a suite, and one a level below it. */
function rowsOf(result: EvaluationResult, cells: (group: GroupSummary, suite: SuiteResult) => string[]): string[][] {
  return result.suites.flatMap((suite) => [
    [suite.title, ...cells(suite.all, suite)],
    ...suite.levels.map((group) => [`  ${group.level}`, ...cells(group, suite)]),
  ]);
}

export function scoreTable(result: EvaluationResult): Table {
  const { k: ks, settings } = result;
  const several = ks.filter((k) => k > 1);
  return {
    head: [
      "",
      "questions",
      `avg@${settings.samples}`,
      ...ks.map((k) => `pass@${k}`),
      ...several.map((k) => `maj@${k}`),
    ],
    rows: rowsOf(result, ({ questions, atK }, { of, all }) => [
      questions === all.questions && questions < of ? `${count(questions)} of ${count(of)}` : count(questions),
      share(atK[0]?.avg ?? null),
      ...atK.map(({ pass }) => share(pass)),
      ...atK.filter(({ k }) => k > 1).map(({ maj }) => share(maj)),
    ]),
  };
}

export function effortTable(result: EvaluationResult): Table {
  const priced = result.price !== null;
  return {
    head: ["", "tool calls", "failed calls", "tokens written", "tokens in all", ...(priced ? ["cost a question"] : [])],
    rows: rowsOf(result, ({ perAttempt }) => [
      fixed(perAttempt.toolCalls),
      fixed(perAttempt.failedCalls),
      compact(perAttempt.tokensWritten),
      compact(perAttempt.tokensPath),
      ...(priced ? [compact(perAttempt.costPerQuestion)] : []),
    ]),
  };
}

export function errorTable(result: EvaluationResult): Table {
  const present = ERROR_CLASSES.filter((name) => result.suites.some(({ all }) => all.errors[name] > 0));
  return {
    head: ["", "attempts", "right", ...present],
    rows: rowsOf(result, ({ attempts, right, errors }) => [
      count(attempts),
      count(right),
      ...present.map((name) => count(errors[name])),
    ]),
  };
}

/** What a reader must know to read the figures; one sentence each. */
export function notesOf({ settings, suites }: EvaluationResult): string[] {
  const metrics = suites.map(({ title, metric, metricNote }) => {
    const words = METRIC_WORDS[metric] ?? metric;
    return `${title}: ${words}${metricNote === null ? "" : `; ${metricNote}`}.`;
  });
  const unjudged = suites.reduce((sum, { all }) => sum + all.errors.failed + all.errors.unjudged, 0);
  const flat = suites.some(({ all }) => all.atK.some(({ pass }) => pass !== null && pass.low === pass.high));
  return [
    ...metrics,
    `Intervals are 95 %, bootstrap over questions; ${settings.samples === 1 ? "one attempt" : `${settings.samples} attempts`} a question.`,
    ...(flat
      ? ["An interval without width says that all questions gave the same, not that the figure is certain."]
      : []),
    ...(unjudged === 0
      ? []
      : [
          `${count(unjudged)} attempts could not be judged and enter no figure; the same command asks these questions again.`,
        ]),
  ];
}

const METRIC_WORDS: Readonly<Record<string, string>> = {
  exact: "avg and pass count exact matches",
  f1: "avg is token F1, pass and maj count exact matches",
  math: "avg and pass count answers that are mathematically equal",
  choice: "avg and pass count the right letter",
  judge: "avg and pass count what the judge calls right",
};

/** The paper's figures beside ours: a row a suite and k, a column a model of the paper, and ours, empty where nothing was run. */
import type { SuiteResult } from "../../eval/result.ts";
import { SUITES } from "../../eval/suites/list.ts";
import type { Suite } from "../../eval/suites/suite.ts";
import { fixed } from "../figure-format.ts";
import { DEEP_SEARCH_KS, PAPER_MODELS } from "./paper-figures.ts";
import type { Table } from "./result-tables.ts";
import { share } from "./share-format.ts";

/** `suites`: what was run; nothing leaves our column empty. */
export function paperTable(suites: readonly SuiteResult[]): Table {
  return {
    head: ["", ...PAPER_MODELS.map(({ model }) => `paper: ${model}`), "this evaluation"],
    rows: SUITES.filter(({ name }) => PAPER_MODELS.some(({ figures }) => figures[name] !== undefined)).flatMap(
      (suite) =>
        ksOf(suite).map((k) => [
          `${suite.title}, pass@${k}`,
          ...PAPER_MODELS.map(({ figures }) => published(figures[suite.name]?.[k])),
          ours(suite, k, suites),
        ]),
    ),
  };
}

export function paperNotes(): string[] {
  return [
    `Sources: ${PAPER_MODELS.map(({ model, source }) => `${model}: ${source}`).join("; ")}. Empty: could not be read, or was not run.`,
    "The paper asks a judge model (Qwen2.5-72B-Instruct) on all of these suites; its Pass@k has no interval, and mathematics is compared as such here.",
  ];
}

function ksOf({ group }: Suite): readonly number[] {
  return group === "deep search" ? DEEP_SEARCH_KS : [1];
}

function published(figure: number | undefined): string {
  return figure === undefined ? "" : fixed(figure, 1);
}

/** Another metric or fewer questions are said beside the figure: it is then no figure to compare. */
function ours(suite: Suite, k: number, suites: readonly SuiteResult[]): string {
  const run = suites.find((one) => one.suite === suite.name);
  const pass = run?.all.atK.find((one) => one.k === k)?.pass ?? null;
  if (run === undefined || pass === null) return "";
  const metric = run.metric === suite.metric ? "" : `, ${run.metric}`;
  return `${share(pass)}, ${run.all.questions} questions${metric}`;
}

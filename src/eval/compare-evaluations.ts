/**
 * Two evaluations of the same questions, side by side: for each suite the mean of B − A over the questions that both could judge, with
 * its interval and p. Refuses what cannot be compared: other suites, other questions, another metric.
 */
import { existsSync } from "node:fs";
import { AepoError } from "../std/errors.ts";
import type { QuestionRecord } from "./attempt-record.ts";
import { evaluationLayout, readJsonFile, readRecords } from "./evaluation-folder.ts";
import { type PairedTest, pairedTest } from "./paired-test.ts";
import { passAtK } from "./pass-at-k.ts";
import { type EvaluationSettings, settingsOf } from "./result.ts";
import { meanScore, scoredAttempts } from "./suite-summary.ts";

export interface EvaluationComparison {
  readonly a: EvaluationSettings;
  readonly b: EvaluationSettings;
  readonly suites: readonly SuiteComparison[];
}

export interface SuiteComparison {
  readonly suite: string;
  readonly title: string;
  readonly metric: string;
  /** Questions left out because A or B has no judged attempt at them. */
  readonly leftOut: number;
  readonly figures: readonly FigureComparison[];
}

export interface FigureComparison extends PairedTest {
  /** `avg`, `pass@3`. */
  readonly name: string;
  readonly a: number;
  readonly b: number;
}

interface Side {
  readonly folder: string;
  readonly settings: EvaluationSettings;
  readonly records: readonly QuestionRecord[];
}

export function compareEvaluations(folderA: string, folderB: string, ks: readonly number[]): EvaluationComparison {
  const [a, b] = [readSide(folderA), readSide(folderB)];
  checkSuites(a, b);
  const k = ks.filter((value) => value <= Math.min(a.settings.samples, b.settings.samples));
  return { a: a.settings, b: b.settings, suites: a.settings.suites.map(({ name }) => compareSuite(a, b, name, k)) };
}

function readSide(folder: string): Side {
  const layout = evaluationLayout(folder);
  if (!existsSync(layout.settings)) {
    throw new AepoError("usage", `${folder} is no folder of an evaluation`, {
      expected: "a folder with eval.json and journal.jsonl, made by aepo eval --suite … --out FOLDER",
      exists: existsSync(folder) ? "a folder without them" : "no such folder",
    });
  }
  return { folder, settings: settingsOf(readJsonFile(layout.settings)), records: readRecords(folder) };
}

function checkSuites(a: Side, b: Side): void {
  const names = ({ settings }: Side): string =>
    settings.suites
      .map(({ name }) => name)
      .toSorted()
      .join(", ");
  if (names(a) !== names(b)) {
    throw refused("they are of different suites", `${a.folder}: ${names(a)}; ${b.folder}: ${names(b)}`);
  }
  for (const suite of a.settings.suites) {
    const other = b.settings.suites.find(({ name }) => name === suite.name);
    if (other?.metric === suite.metric) continue;
    throw refused(`${suite.title} is scored by different metrics`, `${suite.metric} and ${other?.metric ?? "none"}`);
  }
}

function compareSuite(a: Side, b: Side, suite: string, ks: readonly number[]): SuiteComparison {
  const { title, metric } = a.settings.suites.find(({ name }) => name === suite) ?? { title: suite, metric: "" };
  const pairs = pairsOf(a, b, suite, title);
  const both = pairs.filter((pair) => pair.every((record) => scoredAttempts(record).length > 0));
  const { seed } = a.settings;
  const figure = (name: string, least: number, value: (record: QuestionRecord) => number): FigureComparison[] => {
    const counted = both.filter((pair) => pair.every((record) => scoredAttempts(record).length >= least));
    if (counted.length === 0) return [];
    const [first, second] = [counted.map(([one]) => value(one)), counted.map(([, two]) => value(two))];
    return [{ name, a: mean(first), b: mean(second), ...pairedTest(first, second, seed) }];
  };
  return {
    suite,
    title,
    metric,
    leftOut: pairs.length - both.length,
    figures: [
      ...figure("avg", 1, (record) => meanScore(scoredAttempts(record))),
      ...ks.flatMap((k) =>
        figure(`pass@${k}`, k, (record) => {
          const attempts = scoredAttempts(record);
          return passAtK(attempts.length, attempts.filter(({ correct }) => correct).length, k);
        }),
      ),
    ],
  };
}

/** The same question on both sides. Throws if one has a question that the other lacks, or asks another thing by the same name. */
function pairsOf(a: Side, b: Side, suite: string, title: string): (readonly [QuestionRecord, QuestionRecord])[] {
  const of = ({ records }: Side): Map<string, QuestionRecord> =>
    new Map(records.filter((record) => record.suite === suite).map((record) => [record.id, record]));
  const [left, right] = [of(a), of(b)];
  const missing = [...left.keys()].filter((id) => !right.has(id));
  const extra = [...right.keys()].filter((id) => !left.has(id));
  if (missing.length + extra.length > 0) {
    throw refused(
      `the questions of ${title} are not the same`,
      `${missing.length} only in ${a.folder}, ${extra.length} only in ${b.folder}`,
    );
  }
  return [...left].map(([id, record]) => {
    const other = right.get(id) ?? record;
    const same = other.prompt === record.prompt && JSON.stringify(other.answers) === JSON.stringify(record.answers);
    if (!same)
      throw refused(
        `question ${id} of ${title} is not the same in both`,
        `"${excerpt(record.prompt)}" and "${excerpt(other.prompt)}"`,
      );
    return [record, other] as const;
  });
}

function refused(what: string, exists: string): AepoError {
  return new AepoError("usage", `these evaluations cannot be compared: ${what}`, {
    exists,
    fix: "evaluate both on the same suites and questions (--suite, --data, --limit, --metric), finished to the end",
  });
}

function excerpt(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}

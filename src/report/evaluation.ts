/** One evaluation, as the terminal says it. */
import { ledgerTable } from "../tools/around/ledger-table.ts";
import { unjudgedWords } from "../eval/unjudged-words.ts";
import { judgeLines } from "../envs/judge-figures.ts";
import type { EvalRecord } from "../run/records.ts";
import { compact, count, duration, fixed, interval, percent } from "./figure-format.ts";
import { padded } from "./display-width.ts";
import { visibleLine } from "./visible.ts";

const NAME = 14;

/** "temperature 0.6, top-p 0.9". */
export function samplingWords({ temperature, shaping }: EvalRecord): string {
  return [`temperature ${compact(temperature)}`, ...(shaping === undefined ? [] : [shaping])].join(", ");
}

export function renderEvaluation(record: EvalRecord): string {
  const { split, questions, samples, passAtK, formatShare, rewardMean, seconds } = record;
  const set = split === "test" ? "held-out questions" : "training questions";
  return [
    `${count(questions)} ${set} × ${count(samples)} at ${samplingWords(record)}, in ${duration(seconds)}`,
    ...passAtK.map(
      ({ k, value, low, high }) => `${padded(`Pass@${count(k)}`, NAME)}${fixed(value)} (${interval(low, high)})`,
    ),
    `${padded("format kept", NAME)}${percent(formatShare)}`,
    `${padded("mean reward", NAME)}${fixed(rewardMean)}`,
    ...(record.tools === undefined || Object.keys(record.tools).length === 0 ? [] : ["", ledgerTable(record.tools)]),
    ...judgeLines(record.judges ?? {}).map(visibleLine),
    ...(record.unjudged === undefined ? [] : [visibleLine(unjudgedWords(record))]),
  ].join("\n");
}

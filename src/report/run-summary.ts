/** What is printed at the end of a run: Pass@k before and after, one figure a mechanism, where everything is. */
import picocolors from "picocolors";
import type { EvalRecord } from "../run/records.ts";
import type { MechanismSummary } from "../train/mechanisms.ts";
import { padded } from "./display-width.ts";
import { count, duration, fixed, interval, percent, signed } from "./figure-format.ts";
import { samplingWords } from "./evaluation.ts";
import { passAt } from "./run-data.ts";
import { visibleLine } from "./visible.ts";

export interface RunSummary {
  readonly before: EvalRecord | null;
  readonly after: EvalRecord | null;
  readonly mechanisms: MechanismSummary;
  readonly seconds: number;
  readonly state: { readonly step: number };
  readonly folder: string;
  readonly report: string;
}

const NAME = 20;
const COLUMN = 24;

export function renderSummary(summary: RunSummary, { color }: { readonly color: boolean } = { color: false }): string {
  const colors = picocolors.createColors(color);
  const { folder, report, state, seconds } = summary;
  const files: readonly (readonly [string, string])[] = [
    ["run folder", visibleLine(folder)],
    ["report", visibleLine(report)],
    ["to resume", `aepo train --resume ${visibleLine(folder)}`],
  ];
  return [
    "",
    ...heldOut(summary, colors.bold),
    "",
    ...mechanisms(summary.mechanisms, colors.bold),
    "",
    `${count(state.step)} steps in ${duration(seconds)}`,
    ...files.map(([name, text]) => `${padded(name, NAME)}${text}`),
  ].join("\n");
}

type Paint = (text: string) => string;

function heldOut({ before, after }: RunSummary, bold: Paint): string[] {
  const last = after ?? before;
  if (last === null) return ["no evaluation in this run"];
  const passes = last.passAtK.map(({ k }) => {
    const [first, second] = [passAt(before, k), passAt(after, k)];
    const change = first === null || second === null ? "" : signed(second.value - first.value);
    return row(`Pass@${k}`, estimateWords(first), estimateWords(second), change);
  });
  return [
    bold(row("held out", "before", "after", "")),
    ...passes,
    row("format kept", percent(before?.formatShare), percent(after?.formatShare), ""),
    `${count(last.questions)} questions × ${count(last.samples)} at ${samplingWords(last)}; 95 % bootstrap intervals over questions`,
  ];
}

function mechanisms({ budget, penalty, stopGradient, entropyAdvantage }: MechanismSummary, bold: Paint): string[] {
  const spread = `${fixed(budget.mMean)} ± ${fixed(budget.mStd)}`;
  return [
    bold(row("mechanism", "figure over the run", "what it is", "")),
    row("budget", spread, "m, global rollouts a question (AEPO-R1)", ""),
    row("penalty", `${count(penalty.denied)} denied`, "branches it stopped (AEPO-R3)", ""),
    row("", `${percent(penalty.consecutiveShare)} in a row`, "of branching steps (AEPO-R3)", ""),
    row("stop-gradient", `${percent(stopGradient.restoredShare)} restored`, "of the gradient’s weight (AEPO-L3)", ""),
    row(
      "entropy advantage",
      `${fixed(entropyAdvantage.factorStd)} deviation`,
      "of the factor over path-tokens (AEPO-L2)",
      "",
    ),
  ];
}

function row(name: string, first: string, second: string, third: string): string {
  return `${padded(name, NAME)}${padded(first, COLUMN)}${padded(second, COLUMN)}${third}`.trimEnd();
}

function estimateWords(estimate: ReturnType<typeof passAt>): string {
  return estimate === null ? "–" : `${fixed(estimate.value)} (${interval(estimate.low, estimate.high)})`;
}

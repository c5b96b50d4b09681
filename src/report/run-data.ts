/** The records of a run, sorted by what the report and the terminal show; the last record of a step counts. */
import type { EvalRecord, MetricRecord, SftRecord, StepRecord, WarningRecord } from "../run/records.ts";
import type { Estimate } from "./whisker-chart.ts";

export interface RunData {
  readonly steps: readonly StepRecord[];
  readonly evaluations: readonly EvalRecord[];
  readonly sft: readonly SftRecord[];
  readonly warnings: readonly WarningRecord[];
}

export function sortRecords(records: readonly MetricRecord[]): RunData {
  return {
    steps: latest(records.filter((record): record is StepRecord => record.kind === "step")),
    evaluations: latest(
      records.filter((record): record is EvalRecord => record.kind === "eval" && record.split === "test"),
    ),
    sft: latest(records.filter((record): record is SftRecord => record.kind === "sft")),
    warnings: records.filter((record): record is WarningRecord => record.kind === "warning"),
  };
}

/** One record a step, by step. */
function latest<Row extends { readonly step: number }>(rows: readonly Row[]): Row[] {
  return [...new Map(rows.map((row) => [row.step, row])).values()].sort((a, b) => a.step - b.step);
}

/** pass@k of an evaluation; null when it did not measure that k. */
export function passAt(record: EvalRecord | null | undefined, k: number): Estimate | null {
  return record?.passAtK.find((entry) => entry.k === k) ?? null;
}

/** The first evaluation if it was before any training, and the last one if it was after some. */
export function beforeAndAfter(evaluations: readonly EvalRecord[]): {
  before: EvalRecord | null;
  after: EvalRecord | null;
} {
  const [first, last] = [evaluations[0], evaluations.at(-1)];
  return {
    before: first !== undefined && first.step === 0 ? first : null,
    after: last !== undefined && last.step > 0 ? last : null,
  };
}

/** Tokens the rollouts generated a second; null before the first step. */
export function tokensPerSecond(steps: readonly StepRecord[]): number | null {
  const seconds = steps.reduce((sum, step) => sum + step.seconds.rollout, 0);
  return seconds > 0 ? steps.reduce((sum, step) => sum + step.figures.ledger.generated, 0) / seconds : null;
}

/**
 * The live display of a run: a few lines that are drawn over on a terminal, one plain line a record elsewhere (no escape
 * codes in pipes and files).
 */
import { createLogUpdate } from "log-update";
import picocolors from "picocolors";
import type { CriticFigures } from "../algorithm/figures.ts";
import type { GapFigures, MetricRecord, OffPolicyFigures, StepRecord } from "../run/records.ts";
import type { Clock } from "../std/clock.ts";
import { padded } from "./display-width.ts";
import { compact, count, duration, fixed, interval, percent } from "./figure-format.ts";
import { advanceProgress, type ProgressState, secondsLeft, startProgress } from "./progress-state.ts";
import { passAt, tokensPerSecond } from "./run-data.ts";
import { sparkline } from "./sparkline.ts";
import { visibleLine } from "./visible.ts";

export { renderSummary } from "./run-summary.ts";

export interface RenderOptions {
  readonly color: boolean;
}

const BAR = 28;
const SPARK = 24;

/** The display as a few lines, without a trailing line feed. */
export function renderProgress(state: ProgressState, { color }: RenderOptions = { color: false }): string {
  const colors = picocolors.createColors(color);
  const last = state.steps.at(-1);
  const step = last?.step ?? 0;
  const total = state.totalSteps ?? 0;
  const share = total > 0 ? Math.min(1, step / total) : 0;
  const filled = Math.round(share * BAR);
  const bar = colors.cyan("█".repeat(filled)) + colors.dim("░".repeat(BAR - filled));
  const speed = `${count(tokensPerSecond(state.steps.slice(-5)))} tokens/s`;
  const rows: (readonly [string, string])[] = [
    ["step", `${padded(stepOf(step, state), 8)}${bar}  ${speed}  ${duration(secondsLeft(state))} left`],
    ["reward", rewardRow(state)],
    ["Pass@1", passRow(state)],
    ["entropy", entropyRow(last)],
    ["branches", branchRow(last)],
    ...(last?.figures.critic ? [["critic", criticRow(last.figures.critic)] as const] : []),
    ...(last?.gaps ? [["gap", gapRow(last.gaps)] as const] : []),
    ...(last?.offPolicy ? [["off-policy", offPolicyRow(last.offPolicy)] as const] : []),
  ];
  const warning = state.warnings.at(-1);
  const lines = rows.map(([name, text]) => `${colors.dim(padded(name, 10))}${text}`);
  return [
    ...lines,
    ...(warning === undefined ? [] : [colors.yellow(warningText(warning, state.warnings.length))]),
  ].join("\n");
}

/** One plain line a record. */
export function plainLine(state: ProgressState, record: MetricRecord): string | null {
  switch (record.kind) {
    case "header":
      return `${visibleLine(record.task)} · ${visibleLine(record.algorithm)} · seed ${record.seed} · ${visibleLine(record.policy)}`;
    case "step": {
      const { reward, entropy, critic } = record.figures;
      const { gaps, offPolicy } = record;
      const parts = [
        `step ${stepOf(record.step, state)}`,
        `reward ${fixed(reward.mean)}`,
        `correct ${percent(reward.correctShare)}`,
        `entropy ${compact(entropy.policy)}`,
        `branches ${branchRow(record)}`,
        ...(critic ? [`critic ${criticRow(critic)}`] : []),
        ...(gaps ? [`gap ${gapRow(gaps)}`] : []),
        ...(offPolicy ? [`off-policy ${offPolicyRow(offPolicy)}`] : []),
        `${count(tokensPerSecond([record]))} tokens/s`,
        `${duration(secondsLeft(state))} left`,
      ];
      return `${parts.join("  ")}${record.updates === 0 && !critic ? "  skipped: no group with unequal rewards" : ""}`;
    }
    case "eval": {
      const figures = record.passAtK.map(
        ({ k, value, low, high }) => `Pass@${k} ${fixed(value)} (${interval(low, high)})`,
      );
      return `held-out ${figures.join("  ")}  format ${percent(record.formatShare)}  at step ${record.step}, ${count(record.questions)} questions × ${count(record.samples)}`;
    }
    case "warning":
      return warningText(record, 1);
    case "sft":
      return null;
  }
}

export interface ProgressDisplay {
  record(record: MetricRecord): void;
  /** Leaves the last state standing. */
  done(): void;
}

export interface ProgressDisplayOptions {
  readonly stream: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** Default: what the stream says. */
  readonly isTTY?: boolean;
  readonly totalSteps: number | null;
  readonly clock: Clock;
  readonly color?: boolean;
}

export function progressDisplay(options: ProgressDisplayOptions): ProgressDisplay {
  const { stream, totalSteps, clock, isTTY = stream.isTTY === true, color = picocolors.isColorSupported } = options;
  let state = startProgress(totalSteps);
  if (!isTTY) {
    return {
      record(record) {
        state = advanceProgress(state, record, clock.nowMs());
        const line = plainLine(state, record);
        if (line !== null) stream.write(`${line}\n`);
      },
      done: () => undefined,
    };
  }
  const update = createLogUpdate(stream);
  return {
    record(record) {
      state = advanceProgress(state, record, clock.nowMs());
      update(renderProgress(state, { color }));
    },
    done: () => update.done(),
  };
}

function stepOf(step: number, { totalSteps }: ProgressState): string {
  return totalSteps === null ? String(step) : `${step}/${totalSteps}`;
}

function rewardRow({ steps }: ProgressState): string {
  const reward = steps.at(-1)?.figures.reward;
  const spark = sparkline(
    steps.map(({ figures }) => figures.reward.mean),
    SPARK,
  );
  return `${padded(fixed(reward?.mean), 8)}${padded(spark, SPARK)}  ${percent(reward?.correctShare)} right in training`;
}

function passRow({ evaluations }: ProgressState): string {
  const last = evaluations.at(-1);
  const pass1 = passAt(last, 1);
  if (last === undefined || pass1 === null) return "– not evaluated yet";
  const values = evaluations.map((record) => passAt(record, 1)?.value);
  const around = `(${interval(pass1.low, pass1.high)})`;
  return `${padded(fixed(pass1.value), 8)}${padded(sparkline(values, SPARK), SPARK)}  ${around} held out, at step ${last.step}`;
}

function entropyRow(last: StepRecord | undefined): string {
  const entropy = last?.figures.entropy;
  return `${padded(compact(entropy?.policy), 8)}nat, ${compact(entropy?.afterResult)} after a tool result`;
}

function branchRow(last: StepRecord | undefined): string {
  const [branch, groups] = [last?.figures.branch, last?.figures.reward.groups ?? 0];
  const each = branch === undefined || groups === 0 ? null : branch.branches / groups;
  return `${compact(each)} a question, top-3 ${percent(branch?.top3)} (null ${percent(branch?.top3Null)}), ${count(branch?.denied)} denied`;
}

function criticRow({ explainedVariance, valueLoss, valueMean, returnMean, warmup }: CriticFigures): string {
  const values = `value ${fixed(valueMean)} for ${fixed(returnMean)}, loss ${compact(valueLoss)}`;
  return `explains ${percent(explainedVariance)} of the returns, ${values}${warmup ? " (warm-up: the policy waits)" : ""}`;
}

/** Between sampling and training, in nats. */
function gapRow({ p50, p99, max }: GapFigures): string {
  const [median, most, largest] = [p50, p99, max].map((gap) => gap.toExponential(1));
  return `median ${median}, 99 % below ${most}, largest ${largest}`;
}

function offPolicyRow({ cap, cappedShare, effectiveShare }: OffPolicyFigures): string {
  return `${percent(cappedShare)} of the weights cut at ${cap}, ${percent(effectiveShare)} of the tokens count`;
}

function warningText({ step, message }: { readonly step: number; readonly message: string }, total: number): string {
  return `warning, step ${step}: ${visibleLine(message)}${total > 1 ? ` (${total} warnings so far)` : ""}`;
}

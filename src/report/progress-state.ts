/** What the live display knows: a value that grows with every record. Pure; time comes in with the record. */
import type { EvalRecord, HeaderRecord, MetricRecord, StepRecord, WarningRecord } from "../run/records.ts";

export interface ProgressState {
  /** Null where a budget ends the run. */
  readonly totalSteps: number | null;
  readonly header: HeaderRecord | null;
  /** Steps of this session; a resumed run begins where it stopped. */
  readonly steps: readonly StepRecord[];
  readonly evaluations: readonly EvalRecord[];
  readonly warnings: readonly WarningRecord[];
  /** Wall time of the last steps, evaluations between them included. */
  readonly stepMs: readonly number[];
  readonly lastStepAtMs: number | null;
}

/** Steps that the time left is judged by. */
const REMEMBERED = 20;

export function startProgress(totalSteps: number | null): ProgressState {
  return {
    totalSteps,
    header: null,
    steps: [],
    evaluations: [],
    warnings: [],
    stepMs: [],
    lastStepAtMs: null,
  };
}

export function advanceProgress(state: ProgressState, record: MetricRecord, nowMs: number): ProgressState {
  if (record.kind === "header") return { ...state, header: record };
  if (record.kind === "eval") return { ...state, evaluations: [...state.evaluations, record] };
  if (record.kind === "warning") return { ...state, warnings: [...state.warnings, record] };
  if (record.kind === "sft") return state;
  const worked = 1000 * (record.seconds.rollout + record.seconds.update);
  const took = state.lastStepAtMs === null ? worked : nowMs - state.lastStepAtMs;
  return {
    ...state,
    steps: [...state.steps, record],
    stepMs: [...state.stepMs, took].slice(-REMEMBERED),
    lastStepAtMs: nowMs,
  };
}

/** Null before the first step, and where it is not known how many there are. */
export function secondsLeft({ totalSteps, steps, stepMs }: ProgressState): number | null {
  const step = steps.at(-1)?.step;
  if (totalSteps === null || step === undefined || stepMs.length === 0) return null;
  const mean = stepMs.reduce((sum, ms) => sum + ms, 0) / stepMs.length;
  return (Math.max(0, totalSteps - step) * mean) / 1000;
}

/**
 * The mechanisms of AEPO over a whole run (aepo.md §7): one figure each that is zero when the mechanism is off or did
 * nothing. `mStd` is over the questions of the run, `factorStd` pooled over path-tokens, shares pooled over their counts.
 */
import type { StepRecord } from "../run/records.ts";

export interface MechanismSummary {
  readonly budget: { readonly mMean: number; readonly mStd: number };
  readonly penalty: { readonly consecutiveShare: number; readonly denied: number };
  readonly stopGradient: { readonly restoredShare: number };
  readonly entropyAdvantage: { readonly factorStd: number };
}

export function summariseMechanisms(steps: readonly StepRecord[]): MechanismSummary {
  const m = steps.flatMap((step) => step.figures.budget.m);
  const branching = steps.map((step) => step.figures.branch);
  const weigh = (pick: (step: StepRecord) => number | null | undefined): number =>
    weightedMean(steps.map((step) => [pick(step) ?? null, step.figures.clip?.pathTokens ?? 0]));
  return {
    budget: { mMean: mean(m), mStd: deviation(m) },
    penalty: {
      consecutiveShare: weightedMean(branching.map((figures) => [figures.consecutiveShare, figures.branches])),
      denied: branching.reduce((sum, figures) => sum + figures.denied, 0),
    },
    stopGradient: { restoredShare: weigh((step) => step.figures.clip?.restoredShare) },
    entropyAdvantage: { factorStd: Math.sqrt(weigh((step) => square(step.figures.factor?.std))) },
  };
}

function weightedMean(pairs: readonly (readonly [number | null, number])[]): number {
  let [sum, weight] = [0, 0];
  for (const [value, count] of pairs) {
    if (value === null) continue;
    sum += value * count;
    weight += count;
  }
  return weight === 0 ? 0 : sum / weight;
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, x) => sum + x, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, x) => sum + (x - centre) ** 2, 0) / (values.length - 1));
}

function square(value: number | undefined): number | undefined {
  return value === undefined ? undefined : value * value;
}

/** What a doctor compares: how a run began, and how it is now. */
import type { StepRecord } from "../../run/records.ts";

/** Steps of each. */
export const WINDOW = 4;

export interface Comparison {
  readonly first: readonly StepRecord[];
  /** Before the last ones. */
  readonly before: readonly StepRecord[];
  readonly last: readonly StepRecord[];
  /** Mean reward of the best window there was. */
  readonly bestReward: number;
}

/** Null while the two would overlap. */
export function comparison(history: readonly StepRecord[]): Comparison | null {
  if (history.length < 2 * WINDOW) return null;
  const windows = history.slice(WINDOW - 1).map((_, i) => history.slice(i, i + WINDOW));
  return {
    first: history.slice(0, WINDOW),
    before: history.slice(-2 * WINDOW, -WINDOW),
    last: history.slice(-WINDOW),
    bestReward: Math.max(...windows.map((steps) => meanOf(steps, rewardOf))),
  };
}

export type Figure = (step: StepRecord) => number;

export const rewardOf: Figure = ({ figures }) => figures.reward.mean;
export const entropyOf: Figure = ({ figures }) => figures.entropy.policy;

export function meanOf(steps: readonly StepRecord[], figure: Figure): number {
  return steps.reduce((sum, step) => sum + figure(step), 0) / steps.length;
}

/** Whether the reward of now is below that of the beginning, or far below the best there was. */
export function isWorse({ first, last, bestReward }: Comparison): boolean {
  const now = meanOf(last, rewardOf);
  return now <= meanOf(first, rewardOf) || now < bestReward - FALL;
}

/** A fall of the mean reward that chance does not make. */
export const FALL = 0.25;

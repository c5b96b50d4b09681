/** Which trees the report shows: one of the first, the middle and the last step; with right and wrong paths and forks if any has. */
import type { RolloutRecord } from "../run/records.ts";

/** First, middle and last of the steps that have trees, without repeats. */
export function chosenSteps(steps: Iterable<number>): number[] {
  const sorted = [...new Set(steps)].sort((a, b) => a - b);
  const chosen = [sorted[0], sorted[Math.floor((sorted.length - 1) / 2)], sorted.at(-1)];
  return [...new Set(chosen.filter((step) => step !== undefined))];
}

export function chooseTrees(rollouts: readonly RolloutRecord[]): RolloutRecord[] {
  return chosenSteps(rollouts.map(({ step }) => step)).flatMap((step) => {
    const best = rollouts.filter((record) => record.step === step).reduce<RolloutRecord | null>(better, null);
    return best === null ? [] : [best];
  });
}

/** The first of equals. */
function better(one: RolloutRecord | null, other: RolloutRecord): RolloutRecord {
  return one !== null && interest(one) >= interest(other) ? one : other;
}

function interest({ tree, credit }: RolloutRecord): number {
  const right = tree.paths.filter(({ reward }) => reward.correct).length;
  const mixed = right > 0 && right < tree.paths.length;
  const forks = tree.paths.filter(({ origin }) => origin.kind === "fork").length;
  return (mixed ? 4 : 0) + (forks > 0 ? 2 : 0) + (credit === null ? 0 : 1) + Math.min(forks, 9) / 10;
}

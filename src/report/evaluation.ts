/** One evaluation, as the terminal says it. */
import type { EvalRecord } from "../run/records.ts";
import { compact, count, duration, fixed, interval, percent } from "./figure-format.ts";
import { padded } from "./display-width.ts";

const NAME = 14;

export function renderEvaluation(record: EvalRecord): string {
  const { split, questions, samples, temperature, passAtK, formatShare, rewardMean, seconds } = record;
  const set = split === "test" ? "held-out questions" : "training questions";
  return [
    `${count(questions)} ${set} × ${count(samples)} at temperature ${compact(temperature)}, in ${duration(seconds)}`,
    ...passAtK.map(
      ({ k, value, low, high }) => `${padded(`Pass@${count(k)}`, NAME)}${fixed(value)} (${interval(low, high)})`,
    ),
    `${padded("format kept", NAME)}${percent(formatShare)}`,
    `${padded("mean reward", NAME)}${fixed(rewardMean)}`,
  ].join("\n");
}

/**
 * The known ways in which training dies, each with what it looks like. A detector is a pure function of how a run began and how
 * it is now; what a healthy run does as well (entropy that falls while the reward rises) is no finding.
 */
import type { StepRecord } from "../../run/records.ts";
import { type Comparison, entropyOf, isWorse, meanOf, rewardOf } from "./window.ts";

export const CAUSES = [
  "no-spread",
  "entropy-fell",
  "entropy-exploded",
  "ratio-drift",
  "length-drift",
  "format-lost",
  "empty-answers",
] as const;
export type Cause = (typeof CAUSES)[number];

/** A sentence with the numbers, or null. */
type Detector = (comparison: Comparison) => string | null;

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
const nats = (entropy: number): string => `${entropy.toPrecision(2)} nats`;
const reward = (steps: readonly StepRecord[]): string => meanOf(steps, rewardOf).toFixed(2);

const correctOf = ({ figures }: StepRecord): number => figures.reward.correctShare;
const formatOf = ({ figures }: StepRecord): number => figures.reward.formatShare;
const clippedOf = ({ figures: { clip } }: StepRecord): number => (clip === null ? 0 : clip.highShare + clip.lowShare);
const isUpdated = ({ figures: { clip } }: StepRecord): boolean => clip !== null;
const lengthOf = ({ figures }: StepRecord): number => figures.length.writtenPerPath;
const emptyOf = ({ figures }: StepRecord): number => figures.length.emptyShare;

export const DETECTORS: Readonly<Record<Cause, Detector>> = {
  "no-spread"({ last }) {
    if (last.some(({ figures }) => figures.reward.flatGroupShare < 0.95)) return null;
    // Methods that compare over the batch, or with a critic, learn from groups of equal rewards, too.
    if (
      last.some(
        ({
          figures: {
            reward: { groups, groupsKept },
          },
        }) => groupsKept > 0.05 * groups,
      )
    )
      return null;
    const correct = meanOf(last, correctOf);
    // Solved is not dead.
    if (correct > 0.9) return null;
    return `in ${last.length} steps at least 95 % of the groups had equal rewards (correct: ${percent(correct)}): there is nothing to learn from; ask easier questions, begin from a longer cold start, or sample larger groups`;
  },

  "entropy-fell"({ first, before, last }) {
    const [was, is] = [meanOf(first, entropyOf), meanOf(last, entropyOf)];
    const stands = meanOf(last, rewardOf) <= meanOf(before, rewardOf) + 0.02;
    // A task that is solved needs no more exploring.
    if (is > 0.1 * was || !stands || meanOf(last, correctOf) > 0.9) return null;
    return `the policy's entropy fell from ${nats(was)} to ${nats(is)} and the reward rises no more (${reward(before)}, then ${reward(last)}): it explores no more; lower the learning rate, or weigh uncertain tokens more`;
  },

  "entropy-exploded"(compared) {
    const [was, is] = [meanOf(compared.first, entropyOf), meanOf(compared.last, entropyOf)];
    if (is < Math.max(4 * was, 0.2) || !isWorse(compared)) return null;
    return `the policy's entropy rose from ${nats(was)} to ${nats(is)} while the reward went from ${reward(compared.first)} to ${reward(compared.last)}: it is falling apart; lower the learning rate`;
  },

  "ratio-drift"({ last }) {
    const updated = last.filter(isUpdated);
    // Most tokens of a policy that knows its task are certain, and never move: a tenth is far more than a healthy run clips.
    if (updated.length < 2 || meanOf(updated, clippedOf) < 0.1) return null;
    const clipped = meanOf(updated, clippedOf);
    return `${percent(clipped)} of the trained tokens are clipped: the policy is far from the one that sampled; lower the learning rate, or make fewer updates a batch`;
  },

  "length-drift"(compared) {
    const [was, is] = [meanOf(compared.first, lengthOf), meanOf(compared.last, lengthOf)];
    if ((is < 2.5 * was && is > 0.4 * was) || !isWorse(compared)) return null;
    return `a path has ${is.toFixed(0)} tokens of the policy instead of ${was.toFixed(0)} and the reward did not rise (${reward(compared.first)} to ${reward(compared.last)}): ${is > was ? "it rambles; punish over-long answers" : "it gives up early"}; lower the learning rate`;
  },

  "format-lost"({ first, last }) {
    const [was, is] = [meanOf(first, formatOf), meanOf(last, formatOf)];
    // What never was cannot be lost.
    if (was === 0 || is > 0.6 * was) return null;
    return `only ${percent(is)} of the paths keep the format (${percent(was)} at the beginning): calls and answers can no longer be read; lower the learning rate, or begin from a longer cold start`;
  },

  "empty-answers"({ first, last }) {
    const [was, is] = [meanOf(first, emptyOf), meanOf(last, emptyOf)];
    if (is < 0.5 || is < 2 * was || meanOf(last, rewardOf) < meanOf(first, rewardOf)) return null;
    return `${percent(is)} of the paths end without an answer or with an empty one (${percent(was)} at the beginning) while the reward went from ${reward(first)} to ${reward(last)}: the reward pays for saying nothing; mend it`;
  },
};

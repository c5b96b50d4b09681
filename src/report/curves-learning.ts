/** Curves that say whether the policy learns: reward, held-out Pass@1, entropy, diversity, time. */
import type { EvalRecord, SftRecord } from "../run/records.ts";
import type { Curve } from "./curve.ts";
import { compact, count, fixed, percent } from "./figure-format.ts";
import { passAt } from "./run-data.ts";

export const heldOutCurve: Curve<EvalRecord> = {
  title: "Held-out Pass@k",
  caption: "Share of held-out questions answered right, with the 95 % bootstrap interval over questions.",
  rule: "AEPO-W2",
  floor: 0,
  ceiling: 1,
  format: percent,
  series: [1, 5].map((k) => ({
    name: `Pass@${k}`,
    colour: k === 1 ? 1 : 2,
    of: (record) => passAt(record, k)?.value,
    band: (record) => [passAt(record, k)?.low, passAt(record, k)?.high],
  })),
};

export const learningCurves: readonly Curve[] = [
  {
    title: "Reward",
    caption: "Mean reward of the training rollouts, with the shares that were right and that kept the format.",
    rule: "AEPO-W1…W3",
    floor: 0,
    ceiling: 1,
    format: (value) => fixed(value),
    series: [
      { name: "mean", colour: 1, of: ({ figures }) => figures.reward.mean },
      {
        name: "correct share",
        colour: 3,
        of: ({ figures }) => figures.reward.correctShare,
      },
      {
        name: "format share",
        colour: 5,
        dashed: true,
        of: ({ figures }) => figures.reward.formatShare,
      },
    ],
  },
  {
    title: "Flat groups",
    caption: "Share of questions whose rollouts all earned the same reward: they teach nothing and are dropped.",
    rule: "AEPO-L1",
    floor: 0,
    ceiling: 1,
    format: percent,
    series: [
      {
        name: "flat groups",
        colour: 4,
        of: ({ figures }) => figures.reward.flatGroupShare,
      },
    ],
  },
  {
    title: "Policy entropy, nats",
    caption: "Mean entropy over all generated tokens, and over the window of tokens that follows a tool result.",
    rule: "AEPO-H1, H2",
    floor: 0,
    format: compact,
    series: [
      {
        name: "all tokens",
        colour: 1,
        of: ({ figures }) => figures.entropy.policy,
      },
      {
        name: "after a result",
        colour: 2,
        of: ({ figures }) => figures.entropy.afterResult,
      },
    ],
  },
  {
    title: "Diversity of a group",
    caption:
      "Different answers and different sequences of tool calls among the rollouts of one question; equal paths are counted.",
    rule: "AEPO-R6",
    floor: 0,
    format: compact,
    series: [
      {
        name: "answers",
        colour: 1,
        of: ({ figures }) => figures.diversity.distinctAnswers,
      },
      {
        name: "call sequences",
        colour: 3,
        of: ({ figures }) => figures.diversity.distinctCallSequences,
      },
      {
        name: "duplicate paths",
        colour: 5,
        dashed: true,
        of: ({ figures }) => figures.diversity.duplicatePaths,
      },
    ],
  },
  {
    title: "Seconds a step",
    caption: "Time of a step, spent rolling out and updating.",
    rule: "AEPO-R10",
    floor: 0,
    format: compact,
    series: [
      { name: "rollout", colour: 1, of: ({ seconds }) => seconds.rollout },
      { name: "update", colour: 2, of: ({ seconds }) => seconds.update },
    ],
  },
];

export const coldStartCurves: readonly Curve<SftRecord>[] = [
  {
    title: "Cold start: loss",
    caption: "Mean negative log-likelihood of the demonstrations; it is no sign of readiness by itself.",
    rule: "AEPO-L5",
    floor: 0,
    format: compact,
    series: [{ name: "loss", colour: 1, of: ({ loss }) => loss }],
  },
  {
    title: "Cold start: copy accuracy",
    caption: "Share of probes at which a fact that stands on the page is copied right.",
    rule: "AEPO-W2",
    floor: 0,
    ceiling: 1,
    format: percent,
    series: [
      {
        name: "copied right",
        colour: 3,
        of: ({ copyAccuracy }) => copyAccuracy,
      },
    ],
  },
  {
    title: "Cold start: tokens a second",
    caption: "Trained tokens a second.",
    rule: "AEPO-L5",
    floor: 0,
    format: count,
    series: [
      {
        name: "tokens/s",
        colour: 5,
        of: ({ tokensPerSecond }) => tokensPerSecond,
      },
    ],
  },
];

/** Curves of rollouts that are a step behind the weights they train (`train.offPolicy`). Other runs have none. */
import type { Curve } from "./curve.ts";
import { compact, percent } from "./figure-format.ts";

export const offPolicyCurves: readonly Curve[] = [
  {
    title: "Importance weights",
    caption:
      "Share of the trained tokens whose importance weight was cut at the cap, and how many of them as good as count (effective sample size).",
    rule: "AEPO-L7",
    floor: 0,
    format: percent,
    series: [
      { name: "cut", colour: 2, of: ({ offPolicy }) => offPolicy?.cappedShare },
      { name: "effective", colour: 1, of: ({ offPolicy }) => offPolicy?.effectiveShare },
    ],
  },
  {
    title: "Drift since sampling, nats",
    caption:
      "How far the log-probability of a trained token has moved since it was sampled: median, 99th percentile and largest.",
    rule: "AEPO-H1",
    floor: 0,
    format: compact,
    series: [
      { name: "largest", colour: 5, of: ({ offPolicy }) => offPolicy?.drift.max },
      { name: "99th percentile", colour: 2, of: ({ offPolicy }) => offPolicy?.drift.p99 },
      { name: "median", colour: 1, of: ({ offPolicy }) => offPolicy?.drift.p50 },
    ],
  },
];

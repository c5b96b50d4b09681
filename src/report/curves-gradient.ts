/** Curves that say what clipping and the entropy-aware advantage did to the gradient, and its size. Skipped steps have no figures. */
import type { Curve } from "./curve.ts";
import { compact, percent } from "./figure-format.ts";

export const gradientCurves: readonly Curve[] = [
  {
    title: "Clip shares",
    caption:
      "Share of path-tokens beyond the clip above (the ratio grew, advantage positive) and below (it fell, advantage negative).",
    rule: "AEPO-L3",
    floor: 0,
    format: percent,
    series: [
      {
        name: "above",
        colour: 2,
        of: ({ figures }) => figures.clip?.highShare,
      },
      { name: "below", colour: 1, of: ({ figures }) => figures.clip?.lowShare },
    ],
  },
  {
    title: "Entropy of clipped tokens, nats",
    caption:
      "Mean entropy of the tokens clipped above and below, beside all trained tokens: the paper says they are the exploring ones.",
    rule: "AEPO-L3",
    floor: 0,
    format: compact,
    series: [
      {
        name: "clipped above",
        colour: 2,
        of: ({ figures }) => figures.clip?.highEntropy,
      },
      {
        name: "clipped below",
        colour: 1,
        of: ({ figures }) => figures.clip?.lowEntropy,
      },
      {
        name: "all trained",
        colour: 5,
        dashed: true,
        of: ({ figures }) => figures.clip?.allEntropy,
      },
    ],
  },
  {
    title: "Restored gradient",
    caption: "Share of the gradient’s weight that plain clipping would have set to zero and the stop-gradient keeps.",
    rule: "AEPO-L3",
    floor: 0,
    format: percent,
    series: [
      {
        name: "restored",
        colour: 3,
        of: ({ figures }) => figures.clip?.restoredShare,
      },
    ],
  },
  {
    title: "Entropy factor",
    caption:
      "Factor of the entropy-aware advantage over path-tokens: mean, one standard deviation, smallest and largest.",
    rule: "AEPO-L2",
    floor: 0,
    format: compact,
    series: [
      {
        name: "mean",
        colour: 1,
        of: ({ figures }) => figures.factor?.mean,
        band: ({ figures: { factor } }) =>
          factor === null
            ? [null, null]
            : [Math.max(factor.min, factor.mean - factor.std), Math.min(factor.max, factor.mean + factor.std)],
      },
      {
        name: "smallest",
        colour: 5,
        dashed: true,
        of: ({ figures }) => figures.factor?.min,
      },
      {
        name: "largest",
        colour: 2,
        dashed: true,
        of: ({ figures }) => figures.factor?.max,
      },
    ],
  },
  {
    title: "Gradient norm",
    caption: "Global norm of the gradient before clipping, mean over the updates of a step.",
    rule: "AEPO-L7",
    floor: 0,
    format: compact,
    series: [{ name: "norm", colour: 1, of: ({ gradientNorm }) => gradientNorm }],
  },
  {
    title: "Log-probability gap",
    caption:
      "Between a token’s sampled log-probability and the same one recomputed at the first update: median, 99th percentile and largest over the trained tokens. A check of the engine.",
    rule: "AEPO-H1",
    floor: 0,
    format: compact,
    series: [
      { name: "largest", colour: 5, of: ({ logprobGap }) => logprobGap },
      { name: "99th percentile", colour: 2, of: ({ gaps }) => gaps?.p99 },
      { name: "median", colour: 1, of: ({ gaps }) => gaps?.p50 },
    ],
  },
];

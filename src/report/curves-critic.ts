/** Curves of a value head (B-PPO): whether its values say anything of the returns. Runs without one have none. */
import type { Curve } from "./curve.ts";
import { compact, fixed } from "./figure-format.ts";

export const criticCurves: readonly Curve[] = [
  {
    title: "Explained variance",
    caption:
      "Share of the variance of returns that values explained before a step learnt from them: 1 is a perfect critic, 0 as good as any constant.",
    rule: "B-PPO",
    format: (value) => fixed(value),
    series: [{ name: "explained", colour: 3, of: ({ figures }) => figures.critic?.explainedVariance }],
  },
  {
    title: "Value loss",
    caption: "Half the squared error of the values, clipped, without its coefficient; mean over the updates of a step.",
    rule: "B-PPO",
    floor: 0,
    format: compact,
    series: [{ name: "loss", colour: 1, of: ({ figures }) => figures.critic?.valueLoss }],
  },
  {
    title: "Values and returns",
    caption: "Mean value before a step, and mean of the returns it should have been, over path-tokens.",
    rule: "B-PPO",
    format: (value) => fixed(value),
    series: [
      { name: "values", colour: 1, of: ({ figures }) => figures.critic?.valueMean },
      { name: "returns", colour: 5, dashed: true, of: ({ figures }) => figures.critic?.returnMean },
    ],
  },
];

/** What three steps of training say about an engine, in words. */
import type { Found } from "../finding.ts";
import { rate } from "./remote-engine.ts";
import type { TrainingCheck } from "./training-check.ts";

/** Sampling in the numbers of training: engines in float32 are far below the first, in bfloat16 below the second. */
const EXACT = 1e-4;
const HALF = 0.1;

export function trainingFound({ losses, tokensPerSecond, gradientNorms }: TrainingCheck): Found {
  const shown = losses.map((loss) => loss.toFixed(4)).join(", ");
  const values = { losses: [...losses], tokensPerSecond, gradientNorms: [...gradientNorms] };
  const [first = Number.NaN] = losses;
  if ((losses.at(-1) ?? Number.NaN) < first) {
    const speed = `${rate(tokensPerSecond)} tokens/s forward and backward with the step`;
    return { state: "works", found: `the loss falls in three steps: ${shown}; ${speed}`, values };
  }
  return {
    state: "fails",
    found: `the loss does not fall in three steps: ${shown}`,
    fix: "the server does not learn what it is sent: look at its log, at the learning rate it applies and at its version",
    values,
  };
}

export function agreementFound({ before, after }: TrainingCheck["gaps"]): Found {
  const gap = Math.max(before, after);
  const found = `log-probabilities of sampling and of a forward pass differ by ${gap.toExponential(1)} at most`;
  const values = { before, after };
  if (gap <= EXACT) return { state: "works", found, values };
  if (gap <= HALF) {
    return {
      state: "works",
      found: `${found}: the server computes in half precision`,
      fix: "set train.maxLogprobGap to levels above it, so that a run warns and stops at more than that",
      values,
    };
  }
  return {
    state: "fails",
    found,
    fix: "ratios would be wrong: see whether the server samples the weights that it trains (restart it, look at its sampler's dtype and temperature)",
    values,
  };
}

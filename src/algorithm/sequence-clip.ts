/**
 * PPO's clip on one ratio a path, s = exp(Σ log δ) (RLOO) or s = exp(mean log δ) (GSPO): min(s·Ã, clip(s, 1 − ε_l, 1 + ε_h)·Ã).
 * It stands at every path-token, so that weights of 1 / (length · paths) make the mean over paths (`sequenceMean`).
 */
import { broadcastTo, div, exp, gatherRows, maximum, minimum, mul, scalar, scatterAddRows } from "../engine/ops.ts";
import type { Value } from "../engine/value.ts";
import type { LossInputs } from "../policy/loss.ts";
import type { Algorithm } from "./algorithm.ts";
import { clampedLog, clampedLogRatio, gradientFactor, logRatios, policyLoss, type Regularisation } from "./clip.ts";

export interface SequenceClipOptions extends Regularisation {
  readonly low: number;
  readonly high: number;
  /** How a path's log δ become the log of its ratio. */
  readonly pool: "sum" | "mean";
}

export function sequenceClip(
  options: SequenceClipOptions,
): Pick<Algorithm, "loss" | "clip" | "pathRatios" | "gradientFactor"> {
  const clip = { ...options, stopGradient: false };
  return {
    loss: policyLoss("sequence clip", options, surrogate),
    clip,
    pathRatios: (logRatios) => {
      const total = logRatios.reduce((sum, x) => sum + clampedLog(x), 0);
      const s = Math.exp(clampedLog(options.pool === "mean" ? total / logRatios.length : total));
      return logRatios.map(() => s);
    },
    // Of s: d s / d log π of a token is s (sum) or s / |y| (mean).
    gradientFactor: (ratio, advantage) => gradientFactor(ratio, advantage, clip),
  };
}

function surrogate(inputs: LossInputs, { low, high, pool }: SequenceClipOptions): Value {
  const { advantages_N, path_N, pathCount } = inputs;
  const total_P = scatterAddRows(logRatios(inputs), path_N, pathCount);
  const log_P = pool === "sum" ? total_P : div(total_P, lengths(inputs));
  const s_N = gatherRows(exp(clampedLogRatio(log_P)), path_N);
  const clipped = minimum(maximum(s_N, 1 - low), 1 + high);
  return minimum(mul(s_N, advantages_N), mul(clipped, advantages_N));
}

/** Tokens of every path, 1 where there is no path. */
function lengths({ path_N, pathCount }: LossInputs): Value {
  return maximum(scatterAddRows(broadcastTo(scalar(1), path_N.shape), path_N, pathCount), 1);
}

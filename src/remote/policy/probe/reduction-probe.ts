/**
 * How a server reduces a loss, found out by what it does (nobody's documentation is asked). Four gradients of ONE token's
 * log-probability, among B datums of N targets, as multiples of the first:
 *
 *                                              sum    mean
 *   cross-entropy, weight 1                     1      1       (the mean over one weight, over B)
 *   cross-entropy, weight 2                     2      1       a mean divides by the weights
 *   importance sampling, advantage 1            1      1/N     no weights: a mean divides by all N
 *   the same, and B datums more that teach not  1      1/(2N)  a mean counts every datum since the last step
 *
 * Anything else is a server whose sums nobody here understands: an error, and the choice to say it by hand.
 */
import { AepoError } from "../../../std/errors.ts";
import type { RemoteModel } from "../../client/tinker-client.ts";
import { currentLogprobs } from "../current-logprobs.ts";
import type { Reduction } from "../options.ts";
import { scoredSequence } from "../path-sequences.ts";
import { type GradientGauge, type Measured, normGauge, normOf, StepGauge } from "./gradient-gauge.ts";
import { advantageOfLast, type ProbeSequence, weighedLast } from "./probe-datums.ts";

/** Share by which a multiple may be off: floats of a bf16 server. */
const TOLERANCE = 0.05;

export interface ReductionProbe {
  readonly reduction: Reduction;
  /** Whether steps report the norm of their gradient. */
  readonly reportsNorm: boolean;
}

/** `fresh` makes throw-away models that start equal; `model` is one of them and stays the caller's. */
export async function probeReduction(
  model: RemoteModel,
  fresh: () => Promise<RemoteModel>,
  sequence: ProbeSequence,
  microBatch: number,
): Promise<ReductionProbe> {
  const count = Math.max(2, microBatch);
  const whole = scoredSequence([sequence.tokens[0] ?? 0, ...sequence.targets]);
  const [logprobs = new Float32Array()] = await currentLogprobs(model, [whole], microBatch);
  const weighed = (weight: number): Measured => ({
    batches: [weighedLast(sequence, weight, count)],
    loss: { name: "cross_entropy" },
  });
  const advantaged = (...batches: readonly number[]): Measured => ({
    batches: batches.map((advantage) => advantageOfLast(sequence, logprobs, advantage, count)),
    loss: { name: "importance_sampling" },
  });
  const one = await normOf(model, weighed(1));
  const gauge: GradientGauge = one === null ? new StepGauge(fresh, sequence) : normGauge(model);
  if (one === null) await checkLinear(gauge, advantaged);
  const first = one ?? (await gauge.measure(weighed(1)));
  const found = [
    await gauge.measure(weighed(2)),
    await gauge.measure(advantaged(1)),
    await gauge.measure(advantaged(1, 0)),
  ].map((size) => size / first);
  return { reduction: reductionOf(found, sequence.targets.length), reportsNorm: one !== null };
}

/** A step is only a measure where it is proportional to the gradient: twice the advantage, twice as far. */
async function checkLinear(gauge: GradientGauge, advantaged: (advantage: number) => Measured): Promise<void> {
  const ratio = (await gauge.measure(advantaged(2))) / (await gauge.measure(advantaged(1)));
  if (isNear(ratio, 2, 0.2)) return;
  throw new AepoError("policy", "the reduction of the server's losses cannot be found out", {
    expected:
      "a gradient norm among the metrics of a step, or steps that are linear in the gradient where epsilon is large",
    exists: `no norm, and a gradient twice as large moves ${ratio.toFixed(3)} times as far`,
    fix: "set policy.reduction to sum (hosted, SkyRL with FSDP or Megatron) or mean (SkyRL with JAX)",
  });
}

function reductionOf(found: readonly number[], targets: number): Reduction {
  const matches = (expected: readonly number[]): boolean =>
    expected.every((multiple, i) => isNear(found[i] ?? Number.NaN, multiple, TOLERANCE));
  if (matches([2, 1, 1])) return "sum";
  if (matches([1, 1 / targets, 1 / (2 * targets)])) return "mean";
  throw new AepoError("policy", "the server reduces losses in a way that is neither a sum nor a mean of means", {
    expected: `multiples 2, 1, 1 (sum) or 1, 1/${targets}, 1/${2 * targets} (mean)`,
    exists: found.map((multiple) => multiple.toPrecision(4)).join(", "),
    fix: "if you know that one of them is right, set policy.reduction to sum or mean",
  });
}

function isNear(found: number, expected: number, tolerance: number): boolean {
  return Math.abs(found - expected) <= tolerance * expected;
}

/** How far a loss of ours is from its golden values: value, gradient by log-probability, gradient by entropy. */
import { clippedLoss } from "../../src/algorithm/clip.ts";
import { algorithmSchema, makeAlgorithm } from "../../src/algorithm/list.ts";
import type { Algorithm } from "../../src/algorithm/algorithm.ts";
import { sketchTask } from "../../src/algorithm/testing/sketch-task.ts";
import { type LossCoefficients, lossCoefficients, type ScoredPath } from "../../src/policy/loss-coefficients.ts";
import type { Programs } from "../../src/policy/programs.ts";
import { type ClipCase, type LossCase, relativeError } from "./golden.ts";

/** The record of a case's method. */
export function methodOf({ algorithm, tokenLimit }: Pick<LossCase, "algorithm" | "tokenLimit">): Algorithm {
  const task = { ...sketchTask, limits: { tokens: tokenLimit }, stateKey: "there is one" };
  return makeAlgorithm(algorithmSchema.parse(algorithm), task);
}

/** The largest of the three errors. */
export async function lossError(programs: Programs, golden: LossCase): Promise<number> {
  return largestError(await evaluate(programs, golden), golden);
}

export function evaluate(programs: Programs, golden: LossCase): Promise<LossCoefficients> {
  const algorithm = methodOf(golden);
  const weights = algorithm.reduction(golden.paths.map(({ logprobs }) => logprobs.length));
  const paths = golden.paths.map(({ referenceLogprobs, ...path }, i) => ({
    ...scored({ ...path, weights: path.logprobs.map(() => weights[i] ?? 0) }),
    referenceLogprobs: Float32Array.from(referenceLogprobs),
  }));
  return lossCoefficients(programs, algorithm.loss, paths);
}

/** A case of clipped tokens is one path with its own weights. */
export async function clipError(programs: Programs, golden: ClipCase): Promise<number> {
  const found = await lossCoefficients(programs, clippedLoss(golden.options), [scored(golden)]);
  const { loss, byLogprob, byEntropy } = golden;
  return largestError(found, { loss, byLogprob: [byLogprob], byEntropy: [byEntropy] });
}

function scored(path: Pick<ClipCase, keyof ScoredPath & keyof ClipCase>): ScoredPath {
  const { logprobs, entropies, oldLogprobs, advantages, weights } = path;
  return {
    logprobs: Float32Array.from(logprobs),
    entropies: Float32Array.from(entropies),
    oldLogprobs: Float32Array.from(oldLogprobs),
    advantages: Float32Array.from(advantages),
    weights: Float32Array.from(weights),
  };
}

function largestError(
  { loss, logprobs, entropies }: LossCoefficients,
  golden: Pick<LossCase, "loss" | "byLogprob" | "byEntropy">,
): number {
  return Math.max(
    // A loss is a sum of terms of either sign: its error is measured against 1 where it is small.
    Math.abs(loss - golden.loss) / Math.max(1, Math.abs(golden.loss)),
    relativeError(
      logprobs.flatMap((each) => [...each]),
      golden.byLogprob.flat(),
    ),
    relativeError(
      entropies.flatMap((each) => [...each]),
      golden.byEntropy.flat(),
    ),
  );
}

/** Which sides of the clip a case's tokens are on, as "above +" (ratio above the clip, positive advantage). */
export function branchesOf(golden: LossCase): Set<string> {
  const { clip, pathRatios } = methodOf(golden);
  return new Set(
    golden.paths.flatMap(({ logprobs, oldLogprobs, advantages }) => {
      const logs = logprobs.map((x, t) => x - (oldLogprobs[t] ?? 0));
      return (pathRatios?.(logs) ?? logs.map(Math.exp)).map((ratio, t) => {
        const side = ratio > 1 + clip.high ? "above" : ratio < 1 - clip.low ? "below" : "inside";
        return `${side} ${(advantages[t] ?? 0) > 0 ? "+" : "-"}`;
      });
    }),
  );
}

/** Runs packed forests on a device: scoring, and forward with backward into an accumulated gradient. */
import type { ModelConfig } from "./config.ts";
import { packForest } from "./forest.ts";
import { gradientName, scoringGraph, trainingGraph, type TrainingOptions } from "./forest-graph.ts";
import type { Loss } from "./loss.ts";
import { cutMicroBatches } from "./micro-batches.ts";
import { PathArrays } from "./path-arrays.ts";
import type { LossReport, LossTree, Score, ScoreRequest } from "./policy.ts";
import type { Programs } from "./programs.ts";
import type { DeviceTensors } from "./weights.ts";

export interface ForestRunner extends TrainingOptions {
  readonly config: ModelConfig;
  readonly programs: Programs;
  readonly microBatchTokens: number;
}

/** Log-probabilities and entropies of whole sequences, in the order of the requests. */
export async function scoreSequences(
  runner: ForestRunner,
  weights: DeviceTensors,
  requests: readonly ScoreRequest[],
): Promise<Score[]> {
  const trees = requests.map(({ ids }) => sequenceTree(ids));
  const temperatures = requests.map(({ temperature }) => temperature);
  // Every tree has one path.
  return scoreTrees(runner, weights, trees, temperatures);
}

/** Of the trained tokens of each path, trees and paths in order. `temperatures`: of each tree, 1 where there is none. */
export async function scoreTrees(
  { config, programs, microBatchTokens }: ForestRunner,
  weights: DeviceTensors,
  trees: readonly LossTree[],
  temperatures: readonly number[],
): Promise<Score[]> {
  const [logprobs, entropies] = [new PathArrays(trees), new PathArrays(trees)];
  for (const pieces of cutMicroBatches(trees, microBatchTokens)) {
    const forest = packForest(trees, pieces, temperatures);
    const key = `score ${JSON.stringify(forest.shape)}`;
    const program = await programs.get(key, () => scoringGraph(config, forest.shape));
    const { host } = await programs.run(program, {
      ...weights,
      ...forest.scoring,
    });
    logprobs.take(forest, host["logprobs_S"]?.data);
    entropies.take(forest, host["entropies_S"]?.data);
  }
  return logprobs.arrays.map((found, i) => ({ logprobs: found, entropies: entropies.arrays[i] ?? new Float32Array() }));
}

/** A sequence as a tree of one path on which everything but the first token is predicted. */
export function sequenceTree(ids: readonly number[]): LossTree {
  const count = Math.max(0, ids.length - 1);
  const zeros = new Float32Array(count);
  const tokens = Int32Array.from({ length: count }, (_, i) => i + 1);
  return {
    ids: Int32Array.from(ids),
    parents: Int32Array.from(ids, (_, i) => i - 1),
    paths: [
      {
        leaf: ids.length - 1,
        tokens,
        oldLogprobs: zeros,
        advantages: zeros,
        weights: zeros,
      },
    ],
  };
}

/**
 * Forward and backward of all trees in micro-batches. `accumulated` are the gradients so far; what comes back includes
 * them. Tensors between two micro-batches are freed here; those given and those returned belong to the caller.
 */
export async function accumulateGradient(
  { config, programs, microBatchTokens, lora, recompute }: ForestRunner,
  weights: DeviceTensors,
  accumulated: DeviceTensors,
  { trees, loss, temperature }: { trees: readonly LossTree[]; loss: Loss; temperature: number },
): Promise<{ report: LossReport; gradient: DeviceTensors }> {
  const temperatures = trees.map(() => temperature);
  const [logprobs, entropies, values] = [new PathArrays(trees), new PathArrays(trees), new PathArrays(trees)];
  let [total, valueLoss, tokens, gradient] = [0, 0, 0, accumulated];
  for (const pieces of cutMicroBatches(trees, microBatchTokens)) {
    const forest = packForest(trees, pieces, temperatures);
    const key = `train ${loss.key} ${JSON.stringify(forest.shape)}`;
    const program = await programs.get(key, () => trainingGraph(config, forest.shape, loss, { lora, recompute }));
    const inputs = {
      ...weights,
      ...gradient,
      ...forest.scoring,
      ...forest.training,
    };
    const { host, device } = await programs.run(program, inputs, isGradient);
    if (gradient !== accumulated) programs.runtime.free(...Object.values(gradient));
    gradient = device;
    total += host["loss"]?.data[0] ?? Number.NaN;
    valueLoss += host["valueLoss"]?.data[0] ?? Number.NaN;
    tokens += forest.tokens;
    logprobs.take(forest, host["logprobs_S"]?.data);
    entropies.take(forest, host["entropies_S"]?.data);
    values.take(forest, host["values_S"]?.data);
  }
  const critic = loss.value === undefined ? {} : { critic: { loss: valueLoss, values: values.arrays } };
  return {
    report: { loss: total, logprobs: logprobs.arrays, entropies: entropies.arrays, tokens, ...critic },
    gradient,
  };
}

const GRADIENT = gradientName("");
export const isGradient = (output: string): boolean => output.startsWith(GRADIENT);

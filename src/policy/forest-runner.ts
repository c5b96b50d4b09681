/** Runs packed forests on a device: scoring, and forward with backward into an accumulated gradient. */
import type { ModelConfig } from "./config.ts";
import { packForest, type PackedForest } from "./forest.ts";
import { gradientName, scoringGraph, trainingGraph, type TrainingOptions } from "./forest-graph.ts";
import type { Loss } from "./loss.ts";
import { cutMicroBatches } from "./micro-batches.ts";
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
  { config, programs, microBatchTokens }: ForestRunner,
  weights: DeviceTensors,
  requests: readonly ScoreRequest[],
): Promise<Score[]> {
  const trees = requests.map(({ ids }) => sequenceTree(ids));
  const temperatures = requests.map(({ temperature }) => temperature);
  const scores: Score[] = requests.map(() => ({
    logprobs: new Float32Array(),
    entropies: new Float32Array(),
  }));
  for (const pieces of cutMicroBatches(trees, microBatchTokens)) {
    const forest = packForest(trees, pieces, temperatures);
    const key = `score ${JSON.stringify(forest.shape)}`;
    const program = await programs.get(key, () => scoringGraph(config, forest.shape));
    const { host } = await programs.run(program, {
      ...weights,
      ...forest.scoring,
    });
    for (const { tree, logprobs, entropies } of readPaths(forest, host)) scores[tree] = { logprobs, entropies };
  }
  return scores;
}

/** A sequence as a tree of one path on which everything but the first token is predicted. */
function sequenceTree(ids: readonly number[]): LossTree {
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
  const logprobs = trees.map(({ paths }) => paths.map((): Float32Array => new Float32Array()));
  const entropies = trees.map(({ paths }) => paths.map((): Float32Array => new Float32Array()));
  let [total, tokens, gradient] = [0, 0, accumulated];
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
    tokens += forest.tokens;
    for (const found of readPaths(forest, host)) {
      (logprobs[found.tree] ?? [])[found.path] = found.logprobs;
      (entropies[found.tree] ?? [])[found.path] = found.entropies;
    }
  }
  return {
    report: {
      loss: total,
      logprobs: logprobs.flat(),
      entropies: entropies.flat(),
      tokens,
    },
    gradient,
  };
}

const GRADIENT = gradientName("");
const isGradient = (output: string): boolean => output.startsWith(GRADIENT);

interface PathScores extends Score {
  readonly tree: number;
  readonly path: number;
}

function readPaths(
  { paths }: PackedForest,
  host: Readonly<Record<string, { readonly data: ArrayLike<number> }>>,
): PathScores[] {
  const [logprobs_S, entropies_S] = [host["logprobs_S"]?.data ?? [], host["entropies_S"]?.data ?? []];
  const read = (all: ArrayLike<number>, places: Int32Array): Float32Array =>
    Float32Array.from(places, (place) => all[place] ?? Number.NaN);
  return paths.map(({ tree, path, scored }) => ({
    tree,
    path,
    logprobs: read(logprobs_S, scored),
    entropies: read(entropies_S, scored),
  }));
}

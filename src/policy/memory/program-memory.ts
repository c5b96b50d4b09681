/** What the runs of the programs of training and sampling need beside what is resident: from their graphs, before any is compiled. */
import { type GraphPlan, planGraph } from "../../engine/graph.ts";
import { largestBytes, livePeak, valueBytes } from "../../engine/live-memory.ts";
import { mul, neg, sum } from "../../engine/ops.ts";
import { mayKeepArena } from "../../engine/runtime/kept-memory.ts";
import type { Value } from "../../engine/value.ts";
import type { ModelConfig } from "../config.ts";
import { decodeGraph } from "../decode-graph.ts";
import { packForest } from "../forest.ts";
import { gradientName, trainingGraph, type TrainingOptions } from "../forest-graph.ts";
import type { Loss } from "../loss.ts";
import { cutMicroBatches } from "../micro-batches.ts";
import { plainSequence } from "../plain-sequences.ts";

export interface ProgramMemory {
  /** Kept for the backward pass, and what is at work at the moment when most is. */
  readonly activations: number;
  /** Tensors with the width of the vocabulary. */
  readonly logits: number;
  /** Outputs of the program that are computed by then. */
  readonly outputs: number;
  /** Bytes of all outputs. */
  readonly allOutputs: number;
  readonly nodes: number;
  /** Whether its session keeps its working memory from one run to the next. */
  readonly arena: boolean;
}

/** Stands for any: a loss is small beside the model. */
const LIKELIHOOD: Loss = {
  key: "plan",
  build: ({ logprobs_N, weights_N }) => neg(sum(mul(logprobs_N, weights_N), [0])),
};

/** A full micro-batch of sequences of `sequenceTokens`, every token scored: trees of such paths need no more. */
export function trainingMemory(
  config: ModelConfig,
  { microBatchTokens, sequenceTokens }: { readonly microBatchTokens: number; readonly sequenceTokens: number },
  options: TrainingOptions,
): ProgramMemory {
  const rest = microBatchTokens % sequenceTokens;
  const lengths = Array<number>(Math.floor(microBatchTokens / sequenceTokens)).fill(sequenceTokens);
  const trees = [...lengths, ...(rest > 0 ? [rest] : [])].map((tokens) => plainSequence(tokens, config.vocab_size));
  const pieces = cutMicroBatches(trees, microBatchTokens)[0] ?? [];
  const { shape } = packForest(
    trees,
    pieces,
    trees.map(() => 1),
  );
  const plan = planGraph(trainingGraph(config, shape, LIKELIHOOD, options));
  return memoryOf(plan, config, (name) => name.startsWith(gradientName("")));
}

/** Rows and draws of the largest run, as the decoder cuts them. */
const MOST_ROWS = 64;
const DRAWS = 8;

/** Of a path's tokens those that it shares with others, as a rule: so many more rows fit in the cache. */
const SHARED = 0.5;

/** A run of as many rows as slots and cache allow, each near the end of its sequence. */
export function samplingMemory(
  config: ModelConfig,
  sizes: { readonly slots: number; readonly cacheTokens: number; readonly sequenceTokens: number },
): ProgramMemory {
  const longest = Math.min(sizes.sequenceTokens, sizes.cacheTokens);
  const inCache = Math.ceil(sizes.cacheTokens / (longest * (1 - SHARED)));
  const shape = {
    rows: 2 ** Math.ceil(Math.log2(Math.min(sizes.slots, inCache, MOST_ROWS))),
    fed: 1,
    cached: 64 * Math.ceil(longest / 64),
    draws: DRAWS,
    poolTokens: sizes.cacheTokens,
    greedy: false,
    logits: false,
  };
  return memoryOf(planGraph(decodeGraph(config, shape)), config, () => true);
}

function memoryOf(plan: GraphPlan, config: ModelConfig, isOutput: (name: string) => boolean): ProgramMemory {
  const { values } = livePeak(plan);
  const outputs = new Set(plan.outputs.flatMap(([name, value]) => (isOutput(name) ? [value] : [])));
  const bytes = (accept: (value: Value) => boolean): number =>
    values.filter(accept).reduce((total, value) => total + valueBytes(value), 0);
  const isLogits = ({ shape }: Value): boolean => shape.at(-1) === config.vocab_size && shape.length > 1;
  return {
    activations: bytes((value) => !outputs.has(value) && !isLogits(value)),
    logits: bytes((value) => !outputs.has(value) && isLogits(value)),
    outputs: bytes((value) => outputs.has(value)),
    allOutputs: [...outputs].reduce((total, value) => total + valueBytes(value), 0),
    nodes: plan.nodes.length,
    arena: mayKeepArena(largestBytes(plan)),
  };
}

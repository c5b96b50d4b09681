/**
 * The graphs of a packed forest: scoring, and loss with its gradient added to what was accumulated. One graph a shape and
 * loss; the inputs are those of `PackedForest` plus parameters and accumulated gradients.
 */
import { gradients } from "../engine/gradient.ts";
import type { Graph } from "../engine/graph.ts";
import { add, gatherRows, input } from "../engine/ops.ts";
import type { Value } from "../engine/value.ts";
import type { ModelConfig } from "./config.ts";
import { forestAttention } from "./forest-attention.ts";
import type { ForestShape } from "./forest-shape.ts";
import type { Loss } from "./loss.ts";
import { adapterShapes, type Lora } from "./lora.ts";
import {
  inputsOf,
  nextTokenLogits,
  type Parameters,
  parameterInputs,
  readDistribution,
  residualStream,
  withAdapters,
} from "./transformer.ts";

/** Name of the input and the output that carry the summed gradient of a parameter. */
export function gradientName(parameter: string): string {
  return `gradient/${parameter}`;
}

interface Scores {
  readonly blockInputs: readonly Value[];
  readonly logprobs_S: Value;
  readonly entropies_S: Value;
}

/** Outputs logprobs_S and entropies_S. */
export function scoringGraph(config: ModelConfig, shape: ForestShape): Graph {
  const { logprobs_S, entropies_S } = scores(config, shape, parameterInputs(config));
  return { outputs: { logprobs_S, entropies_S } };
}

/** How gradients are found. */
export interface TrainingOptions {
  /** Adapters that are trained instead of the parameters. */
  readonly lora: Lora | null;
  /** Blocks are computed again in the backward pass instead of being kept. */
  readonly recompute: boolean;
}

/** Outputs loss, logprobs_S, entropies_S and, for every trained tensor, its accumulated gradient plus this forest's. */
export function trainingGraph(
  config: ModelConfig,
  shape: ForestShape,
  loss: Loss,
  { lora, recompute }: TrainingOptions,
): Graph {
  const base = parameterInputs(config);
  const trained = lora === null ? base : inputsOf(adapterShapes(config, lora));
  const parameters = lora === null ? base : withAdapters(config, base, lora, trained);
  const { blockInputs, logprobs_S, entropies_S } = scores(config, shape, parameters);
  const N = shape.pathTokens;
  const source_N = input("source_N", [N], "i32");
  const value = loss.build({
    logprobs_N: gatherRows(logprobs_S, source_N),
    entropies_N: gatherRows(entropies_S, source_N),
    oldLogprobs_N: input("oldLogprobs_N", [N]),
    advantages_N: input("advantages_N", [N]),
    weights_N: input("weights_N", [N]),
    path_N: input("path_N", [N], "i32"),
    pathCount: shape.paths,
  });
  const found = gradients(value, [...trained.values()], recompute ? blockInputs : []);
  const summed = [...trained].map(([name, parameter], i) => {
    const accumulated = input(gradientName(name), parameter.shape);
    return [gradientName(name), add(accumulated, found[i] ?? 0)] as const;
  });
  return {
    outputs: {
      loss: value,
      logprobs_S,
      entropies_S,
      ...Object.fromEntries(summed),
    },
  };
}

function scores(config: ModelConfig, shape: ForestShape, parameters: Parameters): Scores {
  const { tokens: T, scored: S } = shape;
  const tokens = {
    ids_T: input("ids_T", [T], "i32"),
    positions_T: input("positions_T", [T], "i32"),
    wanted_S: input("predecessor_S", [S], "i32"),
  };
  // Only scored positions go through the end of the last block and reach the vocabulary: the others are never computed.
  const { blockInputs, x_SD } = residualStream(
    config,
    parameters,
    tokens,
    forestAttention(config, shape, tokens.positions_T),
  );
  const logits_SV = nextTokenLogits(config, parameters, x_SD, input("inverseTemperature_S", [S]));
  return { blockInputs, ...readDistribution(logits_SV, input("target_S", [S], "i32")) };
}

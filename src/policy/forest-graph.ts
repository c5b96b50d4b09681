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
import { nextTokenLogits, type Parameters, parameterInputs, readDistribution, residualStream } from "./transformer.ts";

/** Name of the input and the output that carry the summed gradient of a parameter. */
export function gradientName(parameter: string): string {
  return `gradient/${parameter}`;
}

interface Scores {
  readonly logprobs_S: Value;
  readonly entropies_S: Value;
}

/** Outputs logprobs_S and entropies_S. */
export function scoringGraph(config: ModelConfig, shape: ForestShape): Graph {
  return { outputs: { ...scores(config, shape, parameterInputs(config)) } };
}

/** Outputs loss, logprobs_S, entropies_S and, for every parameter, its accumulated gradient plus this forest's. */
export function trainingGraph(config: ModelConfig, shape: ForestShape, loss: Loss): Graph {
  const parameters = parameterInputs(config);
  const { logprobs_S, entropies_S } = scores(config, shape, parameters);
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
  const found = gradients(value, [...parameters.values()]);
  const summed = [...parameters].map(([name, parameter], i) => {
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
  const x_SD = residualStream(config, parameters, tokens, forestAttention(config, shape, tokens.positions_T));
  const logits_SV = nextTokenLogits(config, parameters, x_SD, input("inverseTemperature_S", [S]));
  return readDistribution(logits_SV, input("target_S", [S], "i32"));
}

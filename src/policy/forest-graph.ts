/**
 * The graphs of a packed forest: scoring, and loss with its gradient added to what was accumulated. One graph a shape and
 * loss; the inputs are those of `PackedForest` plus parameters and accumulated gradients.
 */
import { gradients } from "../engine/gradient.ts";
import { type Graph, walk } from "../engine/graph.ts";
import { add, gatherRows, input, mul, slice, stopGradient, sum } from "../engine/ops.ts";
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
  type ResidualStream,
  residualStream,
  withAdapters,
} from "./transformer.ts";
import {
  gradientInPieces,
  type Piece,
  piecesOf,
  scoreInPieces,
  type ScoreRows,
  type Scores,
} from "./vocabulary-head.ts";

/** Name of the input and the output that carry the summed gradient of a parameter. */
export function gradientName(parameter: string): string {
  return `gradient/${parameter}`;
}

/** The model over a forest: the residual stream at the scored positions, and what scores them. */
interface ForestModel extends ResidualStream {
  readonly scoreRows: ScoreRows;
  readonly pieces: readonly Piece[];
}

/** Outputs logprobs_S and entropies_S. */
export function scoringGraph(config: ModelConfig, shape: ForestShape): Graph {
  const { x_SD, pieces, scoreRows } = forestModel(config, shape, parameterInputs(config));
  return { outputs: { ...scoreInPieces(x_SD, pieces, scoreRows) } };
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
  const model = forestModel(config, shape, parameters);
  const scores = scoreInPieces(
    model.x_SD,
    recompute ? model.pieces : [{ start: 0, end: shape.scored }],
    model.scoreRows,
  );
  const value = lossOf(shape, loss, scores);
  const wrt = [...trained.values()];
  const found = recompute ? recomputedGradients(value, scores, model, wrt) : gradients(value, wrt);
  const summed = [...trained].map(([name, parameter], i) => {
    const accumulated = input(gradientName(name), parameter.shape);
    return [gradientName(name), add(accumulated, found[i] ?? 0)] as const;
  });
  return { outputs: { loss: value, ...scores, ...Object.fromEntries(summed) } };
}

function lossOf({ pathTokens: N, paths }: ForestShape, loss: Loss, { logprobs_S, entropies_S }: Scores): Value {
  const source_N = input("source_N", [N], "i32");
  return loss.build({
    logprobs_N: gatherRows(logprobs_S, source_N),
    entropies_N: gatherRows(entropies_S, source_N),
    oldLogprobs_N: input("oldLogprobs_N", [N]),
    advantages_N: input("advantages_N", [N]),
    weights_N: input("weights_N", [N]),
    path_N: input("path_N", [N], "i32"),
    pathCount: paths,
  });
}

/** The head's pieces one after the other, then the blocks, each computed again when its gradient is wanted. */
function recomputedGradients(loss: Value, scores: Scores, model: ForestModel, wrt: readonly Value[]): Value[] {
  const { blockInputs, x_SD, pieces, scoreRows } = model;
  const [logprobs_S = loss, entropies_S = loss] = gradients(loss, [scores.logprobs_S, scores.entropies_S]);
  const received = walk([loss]).includes(scores.entropies_S) ? { logprobs_S, entropies_S } : { logprobs_S };
  const head = gradientInPieces(x_SD, pieces, scoreRows, scores, received, wrt);
  const sent = sum(mul(x_SD, stopGradient(head.x_SD)), [0, 1]);
  return gradients(sent, wrt, blockInputs).map((part, i) => add(part, head.wrt[i] ?? 0));
}

function forestModel(config: ModelConfig, shape: ForestShape, parameters: Parameters): ForestModel {
  const { tokens: T, scored: S } = shape;
  const tokens = {
    ids_T: input("ids_T", [T], "i32"),
    positions_T: input("positions_T", [T], "i32"),
    wanted_S: input("predecessor_S", [S], "i32"),
  };
  const [inverseTemperature_S, target_S] = [input("inverseTemperature_S", [S]), input("target_S", [S], "i32")];
  const attention = forestAttention(config, shape, tokens.positions_T);
  return {
    // Only scored positions go through the end of the last block and reach the vocabulary: the others are never computed.
    ...residualStream(config, parameters, tokens, attention),
    pieces: piecesOf(S, config.vocab_size),
    scoreRows: (x_RD, start, end) => {
      const logits_RV = nextTokenLogits(config, parameters, x_RD, slice(inverseTemperature_S, 0, start, end));
      return readDistribution(logits_RV, slice(target_S, 0, start, end));
    },
  };
}

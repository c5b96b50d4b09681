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
import { type PathTokenInputs, type ValueBranch, valueBranch } from "./critic/value-head.ts";
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
export interface ForestModel extends ResidualStream {
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

/**
 * Outputs loss, logprobs_S, entropies_S and, for every trained tensor, its accumulated gradient plus this forest's. A value
 * loss adds valueLoss and values_S, and the value head to what is trained.
 */
export function trainingGraph(
  config: ModelConfig,
  shape: ForestShape,
  loss: Loss,
  { lora, recompute }: TrainingOptions,
): Graph {
  const base = parameterInputs(config);
  const adapted = lora === null ? base : inputsOf(adapterShapes(config, lora));
  const parameters = lora === null ? base : withAdapters(config, base, lora, adapted);
  const model = forestModel(config, shape, parameters);
  const scores = scoreInPieces(
    model.x_SD,
    recompute ? model.pieces : [{ start: 0, end: shape.scored }],
    model.scoreRows,
  );
  const places = pathTokenInputs(shape);
  const value = lossOf(shape, loss, scores, places);
  // What is recomputed ends at the residual stream: heads are cut off from it, and send their gradient back by hand.
  const x_SD = recompute ? stopGradient(model.x_SD) : model.x_SD;
  const critic = loss.value === undefined ? null : valueBranch(config, loss.value, { parameters, x_SD }, places);
  const trained = new Map([...adapted, ...(critic?.head ?? [])]);
  const wrt = [...trained.values()];
  const found = recompute
    ? recomputedGradients({ loss: value, scores, critic, cut_SD: x_SD }, model, wrt)
    : gradients(critic === null ? value : add(value, critic.weighted), wrt);
  const summed = [...trained].map(([name, parameter], i) => {
    const accumulated = input(gradientName(name), parameter.shape);
    return [gradientName(name), add(accumulated, found[i] ?? 0)] as const;
  });
  const valued = critic === null ? {} : { valueLoss: critic.loss, values_S: critic.values_S };
  return { outputs: { loss: value, ...scores, ...valued, ...Object.fromEntries(summed) } };
}

/** What every loss reads of the path-tokens: where they are scored, and what they weigh. */
export function pathTokenInputs({ pathTokens: N }: ForestShape): PathTokenInputs {
  return { source_N: input("source_N", [N], "i32"), weights_N: input("weights_N", [N]) };
}

function lossOf(
  { pathTokens: N, paths }: ForestShape,
  loss: Loss,
  { logprobs_S, entropies_S }: Scores,
  { source_N, weights_N }: PathTokenInputs,
): Value {
  return loss.build({
    logprobs_N: gatherRows(logprobs_S, source_N),
    entropies_N: gatherRows(entropies_S, source_N),
    oldLogprobs_N: input("oldLogprobs_N", [N]),
    advantages_N: input("advantages_N", [N]),
    referenceLogprobs_N: input("referenceLogprobs_N", [N]),
    weights_N,
    path_N: input("path_N", [N], "i32"),
    pathCount: paths,
  });
}

/** What stands on the residual stream: the vocabulary's scores and the policy's loss, and the value head with its own. */
interface Heads {
  readonly loss: Value;
  readonly scores: Scores;
  readonly critic: ValueBranch | null;
  /** What the value head reads. */
  readonly cut_SD: Value;
}

/** The vocabulary's pieces one after the other, the value head, then the blocks, each computed again when its gradient is wanted. */
function recomputedGradients(heads: Heads, model: ForestModel, wrt: readonly Value[]): Value[] {
  const { loss, scores, critic, cut_SD } = heads;
  const { blockInputs, x_SD, pieces, scoreRows } = model;
  const [logprobs_S = loss, entropies_S = loss] = gradients(loss, [scores.logprobs_S, scores.entropies_S]);
  const received = walk([loss]).includes(scores.entropies_S) ? { logprobs_S, entropies_S } : { logprobs_S };
  const vocabulary = gradientInPieces(x_SD, pieces, scoreRows, scores, received, wrt);
  const [back_SD = cut_SD, ...byValue] = critic === null ? [] : gradients(critic.weighted, [cut_SD, ...wrt]);
  const received_SD = critic === null ? vocabulary.x_SD : add(vocabulary.x_SD, back_SD);
  const sent = sum(mul(x_SD, stopGradient(received_SD)), [0, 1]);
  return gradients(sent, wrt, blockInputs).map((part, i) => {
    const both = add(part, vocabulary.wrt[i] ?? 0);
    return byValue[i] === undefined ? both : add(both, byValue[i]);
  });
}

/** Everything of a forest that does not depend on what is wanted of it. */
export function forestModel(config: ModelConfig, shape: ForestShape, parameters: Parameters): ForestModel {
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

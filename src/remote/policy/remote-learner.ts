/**
 * Learning on a server. `accumulate` asks for the current log-probabilities and evaluates the loss here, down to one coefficient a
 * token; `step` sends them as one gradient and steps. Whole paths go through the model: tokens of a report count a prefix as often
 * as paths share it.
 */
import { lossCoefficients, type ScoredPath } from "../../policy/loss-coefficients.ts";
import { checkLossTree } from "../../policy/loss-tree.ts";
import type { Loss } from "../../policy/loss.ts";
import type { LossPath, LossReport, LossTree, OptimizerReport, OptimizerStep } from "../../policy/policy.ts";
import type { Programs } from "../../policy/programs.ts";
import { AepoError } from "../../std/errors.ts";
import type { ModelLimits } from "../../protocol/limits.ts";
import { currentLogprobs } from "./current-logprobs.ts";
import { gradientBatch, isTeaching, type WeighedSequence } from "./gradient-batch.ts";
import type { LiveModel } from "./live-model.ts";
import { checkNoEntropyGradient, checkNoValueLoss } from "./loss-fit.ts";
import type { Reduction } from "./options.ts";
import { type PathSequence, pathSequence } from "./path-sequences.ts";

export interface LearnerOptions {
  readonly live: LiveModel;
  readonly programs: Programs;
  readonly limits: ModelLimits;
  readonly reduction: Reduction;
  readonly microBatch: number;
  /** Throws on settings of a step that the server would ignore where that matters. */
  checkStep(step: OptimizerStep): void;
}

/** Path-tokens of one evaluation of the loss: what it computes grows with them times the paths. */
const LOSS_TOKENS = 8192;

export class RemoteLearner {
  private readonly options: LearnerOptions;
  private pending: WeighedSequence[] = [];
  /** A coefficient was not finite: the step is not made. */
  private broken = false;

  constructor(options: LearnerOptions) {
    this.options = options;
  }

  async accumulate(trees: readonly LossTree[], loss: Loss, temperature: number): Promise<LossReport> {
    const { live, limits, microBatch } = this.options;
    checkNoValueLoss(loss);
    checkTemperature(temperature);
    for (const tree of trees) checkLossTree(tree, limits.vocabularySize);
    const paths = trees.flatMap((tree) =>
      tree.paths.map((path) => ({ path, sequence: checked(pathSequence(tree, path), limits) })),
    );
    const sequences = paths.flatMap(({ sequence }) => sequence ?? []);
    const found = await currentLogprobs(live.current, sequences, microBatch);
    const logprobs = new Map(sequences.map((sequence, i) => [sequence, found[i] ?? new Float32Array()]));
    const scored = paths.map(({ path, sequence }) => scoredPath(path, sequence, logprobs));
    const { loss: value, coefficients } = await this.coefficients(loss, scored);
    for (const [i, { sequence }] of paths.entries()) {
      if (sequence === null) continue;
      const negative = (coefficients[i] ?? new Float32Array()).map((c) => -c);
      if (negative.some((c) => !Number.isFinite(c))) this.broken = true;
      const weighed = { sequence, logprobs: logprobs.get(sequence) ?? new Float32Array(), coefficients: negative };
      if (isTeaching(weighed)) this.pending.push(weighed);
    }
    return {
      loss: value,
      logprobs: scored.map((one) => one.logprobs),
      entropies: scored.map((one) => one.entropies),
      tokens: sequences.reduce((sum, { tokens }) => sum + tokens.length + 1, 0),
    };
  }

  async step(step: OptimizerStep): Promise<OptimizerReport> {
    const { live, reduction, microBatch } = this.options;
    this.options.checkStep(step);
    const [batch, broken] = [this.pending, this.broken];
    this.drop();
    if (broken) return { gradientNorm: null, skipped: true };
    // An optimiser moves by its momentum even where there is nothing to learn.
    if (batch.length === 0) return { gradientNorm: 0, skipped: true };
    const model = live.changing();
    // The step is not sent along: if the gradient fails it must not be made.
    await model.forwardBackward(gradientBatch(batch, reduction, microBatch), { name: "importance_sampling" });
    const { gradientNorm } = await model.optimStep(step);
    if (gradientNorm === null || Number.isFinite(gradientNorm)) return { gradientNorm, skipped: false };
    return this.afterBrokenStep(batch);
  }

  /** What was accumulated is of weights that are gone. */
  drop(): void {
    this.pending = [];
    this.broken = false;
  }

  private async coefficients(
    loss: Loss,
    scored: readonly ScoredPath[],
  ): Promise<{ readonly loss: number; readonly coefficients: readonly Float32Array[] }> {
    let value = 0;
    const coefficients: Float32Array[] = [];
    for (const some of batches(scored)) {
      const found = await lossCoefficients(this.options.programs, loss, some);
      checkNoEntropyGradient(found.entropies);
      value += found.loss;
      coefficients.push(...found.logprobs);
    }
    return { loss: value, coefficients };
  }

  /** Some servers keep the weights when a gradient is not finite, some have none any more. */
  private async afterBrokenStep(batch: readonly WeighedSequence[]): Promise<OptimizerReport> {
    const { live, microBatch } = this.options;
    const sequences = batch.slice(0, 1).map(({ sequence }) => sequence);
    const [logprobs] = await currentLogprobs(live.current, sequences, microBatch);
    if (logprobs?.every(Number.isFinite) === true) return { gradientNorm: null, skipped: true };
    throw new AepoError(
      "policy",
      "the gradient was not finite, and the server made the step: its weights are no numbers now",
      {
        fix: "go on from the last checkpoint (--resume), with a lower optimizer.learningRate",
      },
    );
  }
}

function checkTemperature(temperature: number): void {
  if (temperature === 1) return;
  throw new AepoError("policy", `servers of the Tinker protocol train at temperature 1, not at ${temperature}`, {
    fix: "set train.temperature to 1, or train with the embedded engine",
  });
}

function checked(sequence: PathSequence | null, { maxSequenceTokens }: ModelLimits): PathSequence | null {
  if (sequence === null || sequence.tokens.length < maxSequenceTokens) return sequence;
  throw new AepoError("policy", `a path of ${sequence.tokens.length + 1} tokens is too long for the model`, {
    expected: `at most ${maxSequenceTokens}`,
  });
}

function scoredPath(
  { oldLogprobs, advantages, referenceLogprobs, weights }: LossPath,
  sequence: PathSequence | null,
  found: ReadonlyMap<PathSequence, Float32Array>,
): ScoredPath {
  const all = sequence === null ? undefined : found.get(sequence);
  const logprobs = Float32Array.from(sequence?.trained ?? [], (place) => all?.[place] ?? Number.NaN);
  const given = { oldLogprobs, advantages, weights, ...(referenceLogprobs === undefined ? {} : { referenceLogprobs }) };
  return { ...given, logprobs, entropies: logprobs.map((logprob) => -logprob) };
}

/** Whole paths, in order: a loss is a sum over path-tokens, and what it reads of a path is in the path. */
function* batches(scored: readonly ScoredPath[]): Generator<readonly ScoredPath[]> {
  let some: ScoredPath[] = [];
  let tokens = 0;
  for (const path of scored) {
    if (some.length > 0 && tokens + path.logprobs.length > LOSS_TOKENS) {
      yield some;
      [some, tokens] = [[], 0];
    }
    some.push(path);
    tokens += path.logprobs.length;
  }
  if (some.length > 0) yield some;
}

/**
 * One training step, stage by stage: questions → trees → credit → updates → figures. Everything random comes from streams
 * named by seed and step, so a step that is run again gives the same bytes.
 */
import type { Algorithm } from "../algorithm/algorithm.ts";
import type { GroupCredit } from "../algorithm/algorithm.ts";
import { dealMinibatches, type Minibatch } from "../algorithm/minibatch.ts";
import { measureStep, type UpdateOutcome } from "../algorithm/measure.ts";
import type { StepFigures } from "../algorithm/figures.ts";
import type { AnyTask, Question } from "../envs/task.ts";
import type { OptimizerStep, Policy } from "../policy/policy.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import { growTrees } from "../rollout/grow.ts";
import type { RolloutTree } from "../rollout/tree.ts";
import type { Clock } from "../std/clock.ts";
import { randomStream } from "../std/random.ts";
import { checkGap, largestGap } from "./logprob-gap.ts";

export interface StepInputs {
  readonly task: AnyTask;
  readonly tokenizer: Tokenizer;
  readonly policy: Policy;
  readonly algorithm: Algorithm;
  readonly questions: readonly Question[];
  readonly seed: number;
  /** From 1. */
  readonly step: number;
  readonly temperature: number;
  /** AEPO-H5: nats a unit of the entropy scale. */
  readonly entropyDivisor: number;
  readonly optimizer: OptimizerStep;
  /** Largest gap between sampled and recomputed log-probabilities; null: any. */
  readonly maxLogprobGap: number | null;
  readonly overlap: boolean;
  readonly toolTimeoutMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface StepOutcome {
  readonly trees: readonly RolloutTree[];
  readonly credits: readonly GroupCredit[];
  readonly figures: StepFigures;
  readonly updates: number;
  readonly skippedUpdates: number;
  readonly loss: number | null;
  readonly gradientNorm: number | null;
  readonly logprobGap: number | null;
  readonly seconds: { readonly rollout: number; readonly update: number };
}

export async function trainStep(inputs: StepInputs): Promise<StepOutcome> {
  const { algorithm, clock } = inputs;
  const startedMs = clock.nowMs();
  const trees = await rollOut(inputs);
  const rolledOutMs = clock.nowMs();
  const credits = algorithm.credit(trees.filter((tree) => algorithm.keep(tree)));
  const minibatches = dealMinibatches(algorithm, credits, randomStream(inputs.seed, "minibatch", inputs.step));
  const { outcomes, logprobGap } = await update(inputs, minibatches);
  const figures = measureStep({ algorithm, trees, credits, updates: outcomes, tokenizer: inputs.tokenizer });
  const first = outcomes[0];
  return {
    trees,
    credits,
    figures,
    updates: outcomes.length,
    skippedUpdates: outcomes.filter(({ optimizer }) => optimizer.skipped).length,
    loss: first === undefined ? null : first.report.loss,
    gradientNorm: mean(outcomes.map(({ optimizer }) => optimizer.gradientNorm)),
    logprobGap,
    seconds: { rollout: (rolledOutMs - startedMs) / 1000, update: (clock.nowMs() - rolledOutMs) / 1000 },
  };
}

async function rollOut(inputs: StepInputs): Promise<RolloutTree[]> {
  const sampler = inputs.policy.openSampler();
  try {
    const { task, tokenizer, questions, seed, step, temperature, entropyDivisor, overlap, toolTimeoutMs } = inputs;
    const { clock, signal, algorithm } = inputs;
    return await growTrees({
      task,
      tokenizer,
      sampler,
      questions,
      rules: algorithm.growth,
      seed,
      step,
      temperature,
      entropyDivisor,
      overlap,
      toolTimeoutMs,
      clock,
      signal,
    });
  } finally {
    await sampler.close();
  }
}

interface Updates {
  readonly outcomes: readonly UpdateOutcome[];
  readonly logprobGap: number | null;
}

async function update(inputs: StepInputs, minibatches: readonly Minibatch[]): Promise<Updates> {
  const outcomes: UpdateOutcome[] = [];
  let logprobGap: number | null = null;
  for (const minibatch of minibatches) {
    inputs.signal.throwIfAborted();
    const report = await inputs.policy.accumulate(minibatch.trees, inputs.algorithm.loss, inputs.temperature);
    if (outcomes.length === 0) {
      const found = largestGap(minibatch, report);
      checkGap(found, { ...inputs, limit: inputs.maxLogprobGap });
      logprobGap = found?.gap ?? null;
    }
    outcomes.push({ minibatch, report, optimizer: await inputs.policy.step(inputs.optimizer) });
  }
  return { outcomes, logprobGap };
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, x) => sum + x, 0) / values.length;
}

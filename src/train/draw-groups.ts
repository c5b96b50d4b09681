/**
 * The groups of a step: questions drawn and rolled out, in one round or, for a method that asks for it (B-DAPO), in several
 * until as many groups are kept as a step wants. A round draws just the questions that are missing, each a new one.
 */
import type { Algorithm } from "../algorithm/algorithm.ts";
import type { AnyTask, Question } from "../envs/task.ts";
import type { Policy } from "../policy/policy.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import { growTrees } from "../rollout/grow.ts";
import type { PlaceBaselines } from "../rollout/place-baselines.ts";
import type { RolloutTree } from "../rollout/tree.ts";
import type { Clock } from "../std/clock.ts";

export interface DrawInputs {
  readonly task: AnyTask;
  readonly tokenizer: Tokenizer;
  readonly policy: Policy;
  readonly algorithm: Algorithm;
  /** Groups a step wants. */
  readonly questionsPerStep: number;
  /** The index-th question of the step, from 0. */
  question(index: number): Question;
  readonly seed: number;
  /** From 1. */
  readonly step: number;
  readonly temperature: number;
  /** AEPO-H5: nats a unit of the entropy scale. */
  readonly entropyDivisor: number;
  /** What first stood at each place of a batch, for rules that ask for it. */
  readonly placeBaselines: PlaceBaselines;
  readonly overlap: boolean;
  readonly toolTimeoutMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface DrawnGroups {
  /** One a question drawn. */
  readonly trees: readonly RolloutTree[];
  /** Those that enter the batch. */
  readonly kept: readonly RolloutTree[];
  readonly rounds: number;
}

export async function drawGroups(inputs: DrawInputs): Promise<DrawnGroups> {
  const { algorithm, questionsPerStep, question } = inputs;
  const { maxDraws = 1 } = algorithm;
  const [trees, kept]: [RolloutTree[], RolloutTree[]] = [[], []];
  let rounds = 0;
  while (kept.length < questionsPerStep && rounds < maxDraws) {
    const missing = questionsPerStep - kept.length;
    const questions = Array.from({ length: missing }, (_, i) => question(trees.length + i));
    const grown = await rollOut(inputs, questions, rounds++);
    trees.push(...grown);
    kept.push(...grown.filter((tree) => algorithm.keep(tree)));
  }
  return { trees, kept, rounds };
}

async function rollOut(inputs: DrawInputs, questions: readonly Question[], round: number): Promise<RolloutTree[]> {
  const { task, tokenizer, seed, step, temperature, entropyDivisor, overlap, toolTimeoutMs, algorithm } = inputs;
  const { clock, signal, placeBaselines } = inputs;
  const sampler = inputs.policy.openSampler();
  try {
    return await growTrees({
      task,
      tokenizer,
      sampler,
      questions,
      rules: algorithm.growth,
      // A short list of questions starts over: a later round draws another rollout of the same question.
      name: round === 0 ? "rollout" : `rollout ${round}`,
      seed,
      step,
      temperature,
      entropyDivisor,
      placeBaselines,
      stateKeys: algorithm.needs?.includes("stateKeys") ?? false,
      overlap,
      toolTimeoutMs,
      clock,
      signal,
    });
  } finally {
    await sampler.close();
  }
}

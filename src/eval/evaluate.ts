/** Held-out evaluation: the same fixed questions for every run and method, n samples each, pass@k with intervals. */
import { z } from "zod";
import type { AnyTask } from "../envs/task.ts";
import type { FrozenPolicy } from "../policy/policy.ts";
import { shapingSchema, shapingWords } from "../policy/shaping.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import { growPaths, type SampledPath } from "../rollout/grow-paths.ts";
import type { EvalRecord } from "../run/records.ts";
import type { Clock } from "../std/clock.ts";
import { bootstrapMean, passAtK } from "./pass-at-k.ts";

export const evalOptionsSchema = z
  .strictObject({
    questions: z.int().positive().default(200).describe("Held-out questions, always the first ones of the test split."),
    samples: z.int().positive().default(5).describe("Samples a question."),
    temperature: z.number().min(0).default(1).describe("Sampling temperature; 0 is greedy."),
    shaping: shapingSchema.optional().describe("Cuts of the distribution that is sampled (default: none)."),
    k: z.array(z.int().positive()).nonempty().default([1, 5]).describe("pass@k is reported for these k."),
  })
  .refine(({ k, samples }) => k.every((value) => value <= samples), {
    message: "every k must be at most the number of samples",
    path: ["k"],
  });
export type EvalOptions = z.output<typeof evalOptionsSchema>;

export interface EvalInputs {
  readonly task: AnyTask;
  readonly tokenizer: Tokenizer;
  readonly policy: FrozenPolicy;
  readonly options: EvalOptions;
  readonly split: "train" | "test";
  readonly seed: number;
  /** Training step the weights are from. */
  readonly step: number;
  readonly toolTimeoutMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface Evaluation {
  readonly record: EvalRecord;
  /** Paths of each question, in order. */
  readonly paths: readonly (readonly SampledPath[])[];
}

export async function evaluate(inputs: EvalInputs): Promise<Evaluation> {
  const { task, tokenizer, policy, options, clock } = inputs;
  const startedMs = clock.nowMs();
  const questions = Array.from({ length: options.questions }, (_, i) => task.question(inputs.split, i));
  const sampler = policy.openSampler();
  try {
    const paths = await growPaths({
      task,
      tokenizer,
      sampler,
      questions,
      samples: options.samples,
      temperature: options.temperature,
      shaping: options.shaping,
      seed: inputs.seed,
      name: "eval",
      placeName: `eval/${inputs.step}/${inputs.split}`,
      toolTimeoutMs: inputs.toolTimeoutMs,
      clock,
      signal: inputs.signal,
    });
    return { record: summarise(inputs, paths, (clock.nowMs() - startedMs) / 1000), paths };
  } finally {
    await sampler.close();
  }
}

function summarise(inputs: EvalInputs, paths: readonly (readonly SampledPath[])[], seconds: number): EvalRecord {
  const { questions, samples, temperature, shaping = {}, k } = inputs.options;
  const words = shapingWords(shaping);
  const correct = paths.map((list) => list.filter(({ reward }) => reward.correct).length);
  const rewards = paths.flat().map(({ reward }) => reward);
  return {
    kind: "eval",
    step: inputs.step,
    split: inputs.split,
    questions,
    samples,
    temperature,
    ...(words === "" ? {} : { shaping: words }),
    passAtK: k.map((size) => ({
      k: size,
      ...bootstrapMean(
        correct.map((c) => passAtK(samples, c, size)),
        inputs.seed,
      ),
    })),
    formatShare: share(rewards.map(({ formatOk }) => formatOk)),
    rewardMean: rewards.reduce((sum, { total }) => sum + total, 0) / rewards.length,
    seconds,
  };
}

function share(flags: readonly boolean[]): number {
  return flags.filter(Boolean).length / flags.length;
}

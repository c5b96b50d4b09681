/** Held-out evaluation: the same fixed questions for every run and method, n samples each, pass@k with intervals. */
import { z } from "zod";
import type { AnyTask } from "../envs/task.ts";
import type { FrozenPolicy } from "../policy/policy.ts";
import { shapingSchema, shapingWords } from "../policy/shaping.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import { placeNameOf } from "../rollout/call-place.ts";
import { growPaths, type SampledPath } from "../rollout/grow-paths.ts";
import { whyUnjudged } from "../rollout/grade-path.ts";
import type { EvalRecord } from "../run/records.ts";
import type { Clock } from "../std/clock.ts";
import { AepoError } from "../std/errors.ts";
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
  /** Times the run has gone back to an earlier step (default 0). */
  readonly rollbacks?: number;
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
      placeName: `${placeNameOf("eval", inputs.step, inputs.rollbacks)}/${inputs.split}`,
      toolTimeoutMs: inputs.toolTimeoutMs,
      clock,
      signal: inputs.signal,
    });
    return { record: evaluationRecord(inputs, paths, (clock.nowMs() - startedMs) / 1000), paths };
  } finally {
    await sampler.close();
  }
}

/** Of paths that were grown in any way. */
export function evaluationRecord(
  inputs: Pick<EvalInputs, "task" | "options" | "split" | "seed" | "step">,
  paths: readonly (readonly SampledPath[])[],
  seconds: number,
): EvalRecord {
  const { questions, samples, temperature, shaping = {}, k } = inputs.options;
  const words = shapingWords(shaping);
  const tools = inputs.task.takeToolFigures?.();
  const judges = inputs.task.takeJudgeFigures?.();
  const judged = paths.map((list) => list.filter(({ reward }) => reward.failed === undefined));
  const rewards = judged.flat().map(({ reward }) => reward);
  const failed = paths.flat().length - rewards.length;
  return {
    kind: "eval",
    step: inputs.step,
    split: inputs.split,
    questions,
    samples,
    temperature,
    ...(words === "" ? {} : { shaping: words }),
    passAtK: k.map((size) => ({ k: size, ...passOf(judged, size, inputs.seed, whyUnjudged(paths.flat())) })),
    ...(failed === 0 ? {} : { unjudged: { samples: failed, reasons: whyUnjudged(paths.flat()).slice(0, 3) } }),
    formatShare: share(rewards.map(({ formatOk }) => formatOk)),
    rewardMean: rewards.reduce((sum, { total }) => sum + total, 0) / rewards.length,
    seconds,
    ...(tools === undefined ? {} : { tools }),
    ...(judges === undefined ? {} : { judges }),
  };
}

/** Over the questions with as many judged samples as it takes. */
function passOf(
  judged: readonly (readonly SampledPath[])[],
  k: number,
  seed: number,
  reasons: readonly string[],
): Omit<EvalRecord["passAtK"][number], "k"> {
  const counted = judged.filter((list) => list.length >= k);
  if (counted.length === 0) {
    throw new AepoError("run", `Pass@${k} cannot be measured: no question has ${k} samples that could be judged`, {
      exists: reasons.slice(0, 3).join("; "),
      fix: "mend what judges (is its server up, is its key valid?), then evaluate again",
    });
  }
  const values = counted.map((list) => passAtK(list.length, list.filter(({ reward }) => reward.correct).length, k));
  const questions = counted.length === judged.length ? {} : { questions: counted.length };
  return { ...bootstrapMean(values, seed), ...questions };
}

function share(flags: readonly boolean[]): number {
  return flags.filter(Boolean).length / flags.length;
}

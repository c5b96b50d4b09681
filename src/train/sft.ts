/**
 * Supervised training: on a task's scripted demonstrations (the cold start, which makes the bundled checkpoint) or on
 * conversations of a data file. The loss is no readiness signal, so a task's own probes are measured along the way (did it copy
 * the right fact?), and of data the loss of what was held out.
 */
import { z } from "zod";
import type { Policy } from "../policy/policy.ts";
import type { SftRecord } from "../run/records.ts";
import type { Clock } from "../std/clock.ts";
import { type DemonstrationTokens, demonstrationTrees } from "./demonstration.ts";
import { learningRateAt, type OptimizerOptions, optimizerStep } from "./optimizer.ts";
import { sftLoss } from "./sft-loss.ts";
import type { SftSource } from "./sft-source.ts";

export const sftOptionsSchema = z.strictObject({
  steps: z.int().positive().describe("Optimiser steps."),
  batch: z.int().positive().default(24).describe("Demonstrations a step."),
  logEvery: z.int().positive().default(50).describe("Steps between two log lines."),
  probeEvery: z
    .int()
    .nonnegative()
    .default(500)
    .describe("Steps between two measures of readiness: a task's probes, the loss of held-out data; 0: never."),
  checkpointEvery: z.int().nonnegative().default(100).describe("Steps between two checkpoints to go on from; 0: none."),
});
export type SftOptions = z.output<typeof sftOptionsSchema>;

/** The same for data, which is seen as often as is said. */
export const dataSftOptionsSchema = sftOptionsSchema.omit({ steps: true }).extend({
  epochs: z.number().positive().default(1).describe("How often every conversation is seen."),
  batch: z.int().positive().default(16).describe("Conversations a step."),
  logEvery: z.int().positive().default(10).describe("Steps between two log lines."),
  checkpointEvery: z.int().nonnegative().default(50).describe("Steps between two checkpoints to go on from; 0: none."),
  probeEvery: z.int().nonnegative().default(50).describe("Steps between two measures of the held-out loss; 0: never."),
});

export interface SftInputs {
  readonly source: SftSource;
  /** Measures readiness after a step; resolves to null where nothing can be measured. */
  readonly measureProbes: (step: number) => Promise<number | null>;
  readonly policy: Policy;
  readonly options: SftOptions;
  readonly optimizer: OptimizerOptions;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Steps that were done before. */
  readonly done: number;
  onRecord(record: SftRecord): void;
  /** Called every `checkpointEvery` steps, but not at the end. */
  saveProgress(step: number): Promise<void>;
}

/** Trains to the end, or until the signal fires (then rejects with its reason). */
export async function sft(inputs: SftInputs): Promise<void> {
  const { options, policy, clock } = inputs;
  let [lossSum, tokens, logged, sinceMs] = [0, 0, 0, clock.nowMs()];
  for (let step = inputs.done + 1; step <= options.steps; step++) {
    inputs.signal.throwIfAborted();
    const learningRate = learningRateAt(inputs.optimizer, step - 1, options.steps);
    const report = await policy.accumulate(demonstrationTrees(inputs.source.batch(step)), sftLoss, 1);
    await policy.step(optimizerStep(inputs.optimizer, learningRate));
    lossSum += report.loss;
    tokens += report.tokens;
    logged++;
    if (isCheckpointStep(options, step)) await inputs.saveProgress(step);
    if (step % options.logEvery !== 0 && step !== options.steps) continue;
    const seconds = (clock.nowMs() - sinceMs) / 1000;
    inputs.onRecord({
      kind: "sft",
      step,
      steps: options.steps,
      loss: lossSum / logged,
      learningRate,
      tokensPerSecond: tokens / seconds,
      copyAccuracy: isProbeStep(options, step) ? await inputs.measureProbes(step) : null,
      heldOutLoss: isProbeStep(options, step) ? await heldOutLoss(policy, inputs.source.heldOut) : null,
    });
    [lossSum, tokens, logged, sinceMs] = [0, 0, 0, clock.nowMs()];
  }
}

function isProbeStep({ probeEvery, steps }: SftOptions, step: number): boolean {
  return probeEvery > 0 && (step % probeEvery === 0 || step === steps);
}

function isCheckpointStep({ checkpointEvery, steps }: SftOptions, step: number): boolean {
  return checkpointEvery > 0 && step % checkpointEvery === 0 && step !== steps;
}

/** Mean negative log-likelihood of the trained tokens of what was held out; null if nothing was. */
async function heldOutLoss(policy: Policy, examples: readonly DemonstrationTokens[]): Promise<number | null> {
  if (examples.length === 0) return null;
  const scores = await policy.score(examples.map(({ ids }) => ({ ids, temperature: 1 })));
  let [sum, count] = [0, 0];
  for (const [i, { trained }] of examples.entries()) {
    for (const [position, isTrained] of trained.entries()) {
      // Position 0 has no prediction.
      if (!isTrained || position === 0) continue;
      sum -= scores[i]?.logprobs[position - 1] ?? Number.NaN;
      count++;
    }
  }
  return count === 0 ? null : sum / count;
}

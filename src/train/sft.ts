/**
 * Cold start: supervised training on scripted demonstrations, fresh ones every step. It makes the bundled checkpoint.
 * The loss is no readiness signal, so the task's own probes are measured along the way (did it copy the right fact?).
 */
import { z } from "zod";
import type { AnyTask } from "../envs/task.ts";
import type { Policy } from "../policy/policy.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import type { SftRecord } from "../run/records.ts";
import type { Clock } from "../std/clock.ts";
import { AepoError } from "../std/errors.ts";
import { randomStream } from "../std/random.ts";
import { type DemonstrationTokens, demonstrationTokens, demonstrationTrees } from "./demonstration.ts";
import { learningRateAt, type OptimizerOptions, optimizerStep } from "./optimizer.ts";
import { measureProbes } from "./readiness.ts";
import { sftLoss } from "./sft-loss.ts";

export const sftOptionsSchema = z.strictObject({
  steps: z.int().positive().describe("Optimiser steps."),
  batch: z.int().positive().default(24).describe("Demonstrations a step."),
  logEvery: z.int().positive().default(50).describe("Steps between two log lines."),
  probeEvery: z.int().nonnegative().default(500).describe("Steps between two readiness probes; 0: never."),
});
export type SftOptions = z.output<typeof sftOptionsSchema>;

export interface SftInputs {
  readonly task: AnyTask;
  readonly tokenizer: Tokenizer;
  readonly policy: Policy;
  readonly options: SftOptions;
  readonly optimizer: OptimizerOptions;
  readonly seed: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  onRecord(record: SftRecord): void;
}

/** Trains to the end, or until the signal fires (then rejects with its reason). */
export async function sft(inputs: SftInputs): Promise<void> {
  const { options, policy, clock } = inputs;
  let [lossSum, tokens, sinceMs] = [0, 0, clock.nowMs()];
  for (let step = 1; step <= options.steps; step++) {
    inputs.signal.throwIfAborted();
    const learningRate = learningRateAt(inputs.optimizer, step - 1, options.steps);
    const report = await policy.accumulate(demonstrationTrees(demonstrations(inputs, step)), sftLoss, 1);
    await policy.step(optimizerStep(inputs.optimizer, learningRate));
    lossSum += report.loss;
    tokens += report.tokens;
    if (step % options.logEvery !== 0 && step !== options.steps) continue;
    const seconds = (clock.nowMs() - sinceMs) / 1000;
    const logged = (step - 1) % options.logEvery;
    inputs.onRecord({
      kind: "sft",
      step,
      loss: lossSum / (logged + 1),
      learningRate,
      tokensPerSecond: tokens / seconds,
      copyAccuracy: isProbeStep(options, step) ? await measureProbes(inputs, step) : null,
    });
    [lossSum, tokens, sinceMs] = [0, 0, clock.nowMs()];
  }
}

function isProbeStep({ probeEvery, steps }: SftOptions, step: number): boolean {
  return probeEvery > 0 && (step % probeEvery === 0 || step === steps);
}

/** The demonstrations of one step, pure in (seed, step). */
function demonstrations({ task, tokenizer, options, seed }: SftInputs, step: number): DemonstrationTokens[] {
  const { demonstrate } = task;
  if (demonstrate === undefined) {
    throw new AepoError("config", `the task "${task.name}" has no demonstrations to start from`, {
      fix: "give it `demonstrate`, or train from a checkpoint that knows the task",
    });
  }
  return Array.from({ length: options.batch }, (_, i) => {
    const question = task.question("train", (step - 1) * options.batch + i);
    const demonstration = demonstrate(question, randomStream(seed, "demonstration", step, i));
    return demonstrationTokens(question, demonstration, tokenizer);
  });
}

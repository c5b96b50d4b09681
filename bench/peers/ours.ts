/** Our side of every comparison, through the policy a user trains with. */
import { grpo, grpoSchema } from "../../src/algorithm/grpo.ts";
import { openRuntime, type Runtime } from "../../src/engine/index.ts";
import { embeddedPolicy } from "../../src/policy/embedded.ts";
import type { Policy } from "../../src/policy/policy.ts";
import { randomStream } from "../../src/std/random.ts";
import { ADAMW, continueAll, crossEntropy, groupTree, randomIds, sequenceTrees } from "../batches.ts";
import { noiseReader } from "../../src/policy/noise-reader.ts";
import type { Shape } from "../shapes.ts";
import { type Contestant, timed } from "../timing.ts";

/** Sizes of the sampling and of the GRPO step, the same on both sides. */
export interface Generation {
  readonly shape: Shape;
  readonly sequences: number;
  readonly prompt: number;
  readonly tokens: number;
}

export interface Ours {
  readonly train: (shape: Shape) => Promise<Contestant>;
  readonly generate: (generation: Generation) => Promise<Contestant>;
  readonly grpoStep: (generation: Generation) => Promise<Contestant>;
  close(): Promise<void>;
}

export async function openOurs(threads: number): Promise<Ours> {
  const runtime = await openRuntime({ device: "cpu", threads });
  return {
    train: (shape) => train(runtime, shape),
    generate: (generation) => generate(runtime, generation),
    grpoStep: (generation) => grpoStep(runtime, generation),
    close: () => runtime.close(),
  };
}

/** Forward and backward of every position of one micro-batch. */
async function train(runtime: Runtime, shape: Shape): Promise<Contestant> {
  const policy = await fresh(runtime, shape);
  const trees = sequenceTrees(shape, randomStream(1, "train", shape.name));
  return timed(`ours: train ${shape.name}`, () => policy.accumulate(trees, crossEntropy, 1));
}

/** Distinct prompts, new ones every time, continued in one batch. */
async function generate(runtime: Runtime, { shape, sequences, prompt, tokens }: Generation): Promise<Contestant> {
  const policy = await fresh(runtime, shape);
  const random = randomStream(1, "generate");
  let seed = 0;
  return timed("ours: generate", () => {
    const prompts = Array.from({ length: sequences }, () => randomIds(random, prompt, shape.model.vocab_size));
    return continueAll(policy, prompts, tokens, seed++);
  });
}

/** One group of one prompt: sample it, reward it with random numbers, accumulate, update. */
async function grpoStep(runtime: Runtime, { shape, sequences, prompt, tokens }: Generation): Promise<Contestant> {
  const policy = await fresh(runtime, shape);
  const { loss } = grpo(grpoSchema.parse({ name: "grpo", groupSize: sequences }));
  const random = randomStream(1, "grpo");
  let seed = 0;
  return timed("ours: GRPO step", async () => {
    const ids = randomIds(random, prompt, shape.model.vocab_size);
    const samples = await continueAll(
      policy,
      Array.from({ length: sequences }, () => ids),
      tokens,
      seed++,
    );
    const advantages = standardised(samples.map(() => random.uniform()));
    await policy.accumulate([groupTree(ids, samples, advantages)], loss, 1);
    await policy.step(ADAMW);
  });
}

function fresh(runtime: Runtime, { model }: Shape): Promise<Policy> {
  return embeddedPolicy({ runtime, config: model, tensors: noiseReader(model), source: "noise" });
}

function standardised(rewards: readonly number[]): number[] {
  const mean = rewards.reduce((sum, x) => sum + x, 0) / rewards.length;
  const deviation = Math.sqrt(rewards.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (rewards.length - 1));
  return rewards.map((x) => (x - mean) / (deviation + 1e-4));
}

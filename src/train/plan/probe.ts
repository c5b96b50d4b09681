/** Measures a model's speeds on this machine, with weights that mean nothing: a micro-batch, a step, some sampled tokens. */
import { availableParallelism } from "node:os";
import { openRuntime } from "../../engine/runtime/node.ts";
import type { ModelConfig } from "../../policy/config.ts";
import { embeddedPolicy } from "../../policy/embedded.ts";
import { noiseReader } from "../../policy/noise-reader.ts";
import { parameterCount } from "../../policy/parameters.ts";
import { plainSequence } from "../../policy/plain-sequences.ts";
import type { LossTree, Policy } from "../../policy/policy.ts";
import { peakRssMiB } from "../../run/machine.ts";
import type { Clock } from "../../std/clock.ts";
import type { PolicyOptions } from "../config.ts";
import { optimizerStep, optimizerSchema } from "../optimizer.ts";
import { sftLoss } from "../sft-loss.ts";
import type { Speeds } from "./estimate.ts";

export interface ProbeInputs {
  readonly config: ModelConfig;
  readonly policy: Omit<PolicyOptions, "checkpoint">;
  readonly recompute: boolean;
  /** Tokens of one sequence. */
  readonly sequenceTokens: number;
  /** Sequences sampled together; 0: none. */
  readonly rows: number;
  /** Seconds after which nothing more is begun. */
  readonly limitSeconds: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface Probe extends Speeds {
  /** Tokens of the micro-batch that was measured. */
  readonly microBatchTokens: number;
  readonly sampledRows: number;
  readonly seconds: number;
  readonly peakRssMiB: number;
}

/** What a core does in a second, roughly, for choosing the size of a probe and nothing else. */
const FLOPS_A_CORE = 4e10;
/** Of the limit, what the first run of the micro-batch may be expected to take. */
const FIRST_SHARE = 0.3;
const LEAST_TOKENS = 64;
const DRAWN = 32;

export async function probeSpeeds(inputs: ProbeInputs): Promise<Probe> {
  const { config, policy: options, recompute, clock, signal } = inputs;
  const startedMs = clock.nowMs();
  const elapsed = (): number => (clock.nowMs() - startedMs) / 1000;
  const { device, threads = availableParallelism(), lora, slots, cacheTokens } = options;
  const trees = probeTrees(inputs, threads);
  const microBatchTokens = trees.reduce((sum, { ids }) => sum + ids.length - 1, 0);
  const runtime = await openRuntime({ device, threads });
  try {
    const adapters = lora === undefined ? null : { lora, seed: 1 };
    const sizes = { microBatchTokens, slots, cacheTokens, recompute, adapters };
    const policy = await embeddedPolicy({
      runtime,
      config,
      ...sizes,
      tensors: noiseReader(config),
      source: "the probe",
    });
    signal.throwIfAborted();
    const training = await trainingSeconds(inputs, policy, trees, elapsed);
    const optimizerStepSeconds = await stepSeconds(policy, clock);
    signal.throwIfAborted();
    const rows = elapsed() < inputs.limitSeconds ? inputs.rows : 0;
    const sampling = rows === 0 ? null : await samplingSpeed(inputs, policy, rows);
    await policy.dispose();
    const measured = { training: microBatchTokens / training, sampling, optimizerStepSeconds, microBatchTokens };
    return { ...measured, sampledRows: rows, seconds: elapsed(), peakRssMiB: peakRssMiB() };
  } finally {
    await runtime.close();
  }
}

/** A whole micro-batch, or as much of one as is likely to leave time for a second run. */
function probeTrees({ config, policy, sequenceTokens, limitSeconds }: ProbeInputs, threads: number): LossTree[] {
  // Forward and backward: 6 operations a parameter and token.
  const affordable = (FIRST_SHARE * limitSeconds * FLOPS_A_CORE * threads) / (6 * parameterCount(config));
  const tokens = Math.max(LEAST_TOKENS, Math.min(policy.microBatchTokens, Math.floor(affordable)));
  const length = Math.min(sequenceTokens, tokens);
  return Array.from({ length: Math.max(1, Math.floor(tokens / length)) }, () =>
    plainSequence(length, config.vocab_size),
  );
}

/** The first run compiles the program: the second one counts, if there is time for it. */
async function trainingSeconds(
  { limitSeconds, clock, signal }: ProbeInputs,
  policy: Policy,
  trees: readonly LossTree[],
  elapsed: () => number,
): Promise<number> {
  let seconds = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 3 && (run === 0 || elapsed() + seconds < limitSeconds / 2); run++) {
    signal.throwIfAborted();
    seconds = Math.min(seconds, await timed(clock, () => policy.accumulate(trees, sftLoss, 1)));
  }
  return seconds;
}

async function stepSeconds(policy: Policy, clock: Clock): Promise<number> {
  const step = optimizerStep(optimizerSchema.parse({ learningRate: 1e-9 }), 1e-9);
  return timed(clock, () => policy.step(step));
}

/** Tokens a second of rows half-way through their sequences; reading the first half is not counted. */
async function samplingSpeed(inputs: ProbeInputs, policy: Policy, rows: number): Promise<number> {
  const { config, sequenceTokens, clock, signal } = inputs;
  const prompt = Math.max(1, Math.floor(sequenceTokens / 2) - DRAWN);
  const sampler = policy.openSampler();
  // One prompt for all: it is read once, as a question's is.
  const ids = Array.from(plainSequence(prompt, config.vocab_size).ids.subarray(0, prompt));
  const draw = async (round: number, maxTokens: number): Promise<number> => {
    for (let row = 0; row < rows; row++) {
      sampler.submit({ id: `${round} ${row}`, ids, stop: [], maxTokens, temperature: 1, seed: row });
    }
    const seconds = await timed(clock, async () => {
      for (let done = 0; done < rows; ) done += (await sampler.next()).length;
    });
    signal.throwIfAborted();
    return seconds;
  };
  try {
    // The first compiles; the difference of the other two is drawing alone.
    await draw(0, 2 * DRAWN);
    const [short, long] = [await draw(1, DRAWN), await draw(2, 2 * DRAWN)];
    return (rows * DRAWN) / Math.max(long - short, long / 4);
  } finally {
    await sampler.close();
  }
}

async function timed(clock: Clock, action: () => Promise<unknown>): Promise<number> {
  const startedMs = clock.nowMs();
  await action();
  return (clock.nowMs() - startedMs) / 1000;
}

/** One measured case, in a process of its own: what it does and the peak of each part. */
import { openRuntime } from "../../src/engine/runtime/node.ts";
import { embeddedPolicy } from "../../src/policy/embedded.ts";
import { noiseReader } from "../../src/policy/noise-reader.ts";
import { loraSchema } from "../../src/policy/lora.ts";
import { randomStream } from "../../src/std/random.ts";
import { ADAMW, continueAll, crossEntropy, randomIds, sequenceTrees } from "../batches.ts";
import { resetPeak, type Resident, resident } from "./resident.ts";
import { MEMORY_SHAPES } from "./shapes.ts";

export const CACHE_TOKENS = 8192;
const SAMPLED_TOKENS = 32;

export interface MemoryCase {
  readonly shape: string;
  readonly mode: "full" | "lora";
  readonly recompute: boolean;
  /** Sequences of one micro-batch, each of `tokens`. */
  readonly sequences: number;
  readonly tokens: number;
  readonly threads: number;
  /** Sequences sampled together before training; 0: no sampling. */
  readonly sampled: number;
}

export interface Phase extends Resident {
  readonly phase: string;
  readonly seconds: number;
}

/** A phase with neither compiling nor first memory in it. */
export const SECOND_ACCUMULATE = "accumulate again";

/** Opens, accumulates and steps twice: the first step has no optimiser state yet. */
export async function measureCase(given: MemoryCase): Promise<Phase[]> {
  const config = MEMORY_SHAPES[given.shape];
  if (config === undefined) throw new RangeError(`no shape ${given.shape}`);
  const phases: Phase[] = [];
  const phase = async <T>(name: string, action: () => Promise<T>): Promise<T> => {
    resetPeak();
    const startedMs = performance.now();
    const result = await action();
    phases.push({ phase: name, seconds: (performance.now() - startedMs) / 1000, ...resident() });
    return result;
  };
  const runtime = await openRuntime({ threads: given.threads });
  const policy = await phase("open", () =>
    embeddedPolicy({
      runtime,
      config,
      tensors: noiseReader(config),
      source: given.shape,
      microBatchTokens: given.sequences * given.tokens,
      slots: Math.max(1, given.sampled),
      cacheTokens: CACHE_TOKENS,
      recompute: given.recompute,
      adapters: given.mode === "lora" ? { lora: loraSchema.parse({}), seed: 1 } : null,
    }),
  );
  const random = randomStream(1, "memory", given.shape);
  if (given.sampled > 0) {
    const length = given.tokens - SAMPLED_TOKENS;
    const prompts = Array.from({ length: given.sampled }, () => randomIds(random, length, config.vocab_size));
    await phase("sample", () => continueAll(policy, prompts, SAMPLED_TOKENS, 1));
  }
  const trees = sequenceTrees({ name: given.shape, model: config, ...given }, random);
  for (const round of [1, 2]) {
    await phase(`accumulate ${round}`, () => policy.accumulate(trees, crossEntropy, 1));
    if (round === 2) await phase(SECOND_ACCUMULATE, () => policy.accumulate(trees, crossEntropy, 1));
    await phase(`step ${round}`, () => policy.step(ADAMW));
  }
  await policy.dispose();
  await runtime.close();
  return phases;
}

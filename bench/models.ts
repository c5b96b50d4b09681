/**
 * A real model's shape (SmolLM2-135M, random weights): training in full and with adapters, with and without recomputation,
 * each in a process of its own, and decoding. Ratios are to the best matrix product of the same run.
 */
import { openRuntime, type Runtime } from "../src/engine/index.ts";
import { embeddedPolicy } from "../src/policy/embedded.ts";
import { randomStream } from "../src/std/random.ts";
import { continueAll, randomIds } from "./batches.ts";
import { SQUARES, squareProduct } from "./engine.ts";
import { type MemoryCase, SECOND_ACCUMULATE } from "./memory/case.ts";
import { inProcess, nameOf } from "./memory/in-process.ts";
import { MEMORY_SHAPES } from "./memory/shapes.ts";
import { noiseReader } from "../src/policy/noise-reader.ts";
import { rounded, row } from "./output.ts";
import { trainingFlops } from "./shapes.ts";
import { median, takeTurns, timed } from "./timing.ts";

export interface ModelsOptions {
  readonly threads: number;
  readonly rounds: number;
}

const SHAPE = "135M";
const SEQUENCES = 4;
const TOKENS = 512;
const BATCHES = [1, 16, 32, 64];
const [PROMPT, NEW] = [64, 64];

export async function benchModels({ threads, rounds }: ModelsOptions): Promise<object> {
  const runtime = await openRuntime({ device: "cpu", threads });
  let peak: number;
  try {
    peak = await peakGflops(runtime, rounds);
  } finally {
    await runtime.close();
  }
  row("best product", `${rounded(peak)} GFLOPS`);
  row("", "tokens/s", "of peak", "peak MiB");
  const train: Record<string, object> = {};
  let peakRssMiB = 0;
  for (const mode of ["full", "lora"] as const) {
    for (const recompute of [false, true]) {
      const found = await training(
        { shape: SHAPE, mode, recompute, sequences: SEQUENCES, tokens: TOKENS, threads, sampled: 0 },
        peak,
      );
      train[recompute ? `${mode}Recomputed` : mode] = found;
      peakRssMiB = Math.max(peakRssMiB, found.peakRssMiB);
    }
  }
  return { peakGflops: rounded(peak), train, decode: await decoding(threads, rounds), peakRssMiB };
}

async function peakGflops(runtime: Runtime, rounds: number): Promise<number> {
  const squares = await Promise.all(SQUARES.map((n) => squareProduct(runtime, n)));
  const timings = await takeTurns(
    squares.map(({ contestant }) => contestant),
    3 * rounds,
  );
  return Math.max(...squares.map(({ contestant: { name }, flops }) => flops / timings.median(name) / 1e9));
}

/** A causal sequence is multiplied with half of its keys on average; what is computed beyond is not counted. */
async function training(given: MemoryCase, peak: number) {
  const config = MEMORY_SHAPES[given.shape];
  if (config === undefined) throw new RangeError(`no shape ${given.shape}`);
  const phases = await inProcess(given);
  const seconds = phases.find(({ phase }) => phase === SECOND_ACCUMULATE)?.seconds ?? Number.NaN;
  const tokens = given.sequences * given.tokens;
  // Adapters need no gradients of the frozen weights: two thirds of the work.
  const flops = trainingFlops(config, tokens, given.tokens / 2) * (given.mode === "lora" ? 2 / 3 : 1);
  const peakRssMiB = Math.max(...phases.map(({ peakMiB }) => peakMiB));
  const found = {
    tokensPerSecond: rounded(tokens / seconds),
    ratioToPeak: rounded(flops / seconds / 1e9 / peak),
    peakRssMiB,
  };
  row(nameOf(given), found.tokensPerSecond, found.ratioToPeak, peakRssMiB);
  return found;
}

/** Tokens a second of decoding alone: a run of NEW tokens less a run of one. */
async function decoding(threads: number, rounds: number): Promise<object[]> {
  const config = MEMORY_SHAPES[SHAPE];
  if (config === undefined) throw new RangeError(`no shape ${SHAPE}`);
  const runtime = await openRuntime({ device: "cpu", threads });
  const policy = await embeddedPolicy({
    runtime,
    config,
    tensors: noiseReader(config),
    source: SHAPE,
    cacheTokens: 16_384,
  });
  const contestant = (batch: number, tokens: number) => {
    const random = randomStream(1, "prompts", batch);
    const prompts = Array.from({ length: batch }, () => randomIds(random, PROMPT, config.vocab_size));
    return timed(`${batch} ${tokens}`, () => continueAll(policy, prompts, tokens, 1));
  };
  const timings = await takeTurns(
    BATCHES.flatMap((batch) => [contestant(batch, 1), contestant(batch, NEW)]),
    rounds,
  );
  await policy.dispose();
  await runtime.close();
  row("", "tokens/s", "ms a step");
  return BATCHES.map((batch) => {
    const [first, whole] = [timings.of(`${batch} 1`), timings.of(`${batch} ${NEW}`)];
    const seconds = median(whole.map((all, i) => all - (first[i] ?? 0)));
    const tokensPerSecond = rounded((batch * (NEW - 1)) / seconds);
    row(`decode ${SHAPE}, batch ${batch}`, tokensPerSecond, rounded((seconds * 1000) / (NEW - 1)));
    return { batch, tokensPerSecond };
  });
}

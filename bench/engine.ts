/**
 * How much of the machine the engine turns into training, and how fast it decodes. Peak and training take turns in one
 * run, on the same threads; every figure is a median of rounds, and the peak is the best size's.
 */
import { type DeviceTensor, openRuntime, ops, type Runtime } from "../src/engine/index.ts";
import { embeddedPolicy, type EmbeddedPolicy } from "../src/policy/embedded.ts";
import { packForest } from "../src/policy/forest.ts";
import type { LossTree } from "../src/policy/policy.ts";
import { randomStream } from "../src/std/random.ts";
import { continueAll, crossEntropy, randomIds, sequenceTrees } from "./batches.ts";
import { note, rounded, row } from "./output.ts";
import { matmulWeights, MEDIUM, type Shape, SMALL, trainingFlops } from "./shapes.ts";
import { type Contestant, median, takeTurns, timed } from "./timing.ts";

export interface EngineOptions {
  readonly threads: number;
  readonly rounds: number;
}

export const SQUARES = [512, 1024, 1536, 2048];
const BATCHES = [1, 16, 64];
const PROMPT = 64;
const NEW = 64;

export async function benchEngine({ threads, rounds }: EngineOptions): Promise<object> {
  const runtime = await openRuntime({ device: "cpu", threads });
  try {
    const squares = await Promise.all(SQUARES.map((n) => squareProduct(runtime, n)));
    const shapes = await Promise.all([SMALL, MEDIUM].map((shape) => training(runtime, shape)));
    const timings = await takeTurns(
      [...squares, ...shapes].map(({ contestant }) => contestant),
      rounds,
    );
    const rate = (flops: number, seconds: number): number => flops / seconds / 1e9;
    row("", "GFLOPS median", "best", "of peak");
    const peaks = squares.map(({ contestant: { name }, flops }) => {
      row(name, rounded(rate(flops, timings.median(name))), rounded(rate(flops, timings.best(name))));
      return rate(flops, timings.median(name));
    });
    const peak = Math.max(...peaks);
    const train = shapes.map(({ contestant: { name }, flops, shape }) => {
      const gflops = rate(flops, timings.median(name));
      row(name, rounded(gflops), rounded(rate(flops, timings.best(name))), rounded(gflops / peak));
      const tokens = shape.sequences * shape.tokens;
      note(`  ${shape.name}: ${rounded(tokens / timings.median(name))} tokens/s`);
      return {
        name: shape.name,
        params: matmulWeights(shape.model),
        tokens,
        gflops: rounded(gflops),
        ratio: rounded(gflops / peak),
      };
    });
    for (const { policy } of shapes) await policy.dispose();
    return {
      peakGflops: rounded(peak),
      train,
      decode: await benchDecode(runtime, rounds),
    };
  } finally {
    await runtime.close();
  }
}

export interface Product {
  readonly contestant: Contestant;
  readonly flops: number;
}

const CHAIN = 4;

/** A chain of n × n products of resident matrices, of which one number comes back: no copy of a result is timed. */
export async function squareProduct(runtime: Runtime, n: number): Promise<Product> {
  const [x, w] = [ops.input("x", [n, n]), ops.input("w", [n, n])];
  let product = x;
  for (let i = 0; i < CHAIN; i++) product = ops.matmul(product, w, { alpha: 1 / n });
  const corner = ops.slice(ops.slice(product, 0, 0, 1), 1, 0, 1);
  const program = await runtime.compile({ outputs: { corner } });
  const inputs: Record<string, DeviceTensor> = {
    x: await filled(runtime, n),
    w: await filled(runtime, n),
  };
  return {
    contestant: timed(`matmul ${n} × ${n}`, () => runtime.run(program, inputs)),
    flops: CHAIN * 2 * n ** 3,
  };
}

function filled(runtime: Runtime, n: number): Promise<DeviceTensor> {
  const random = randomStream(1, "matmul", n);
  const data = Float32Array.from({ length: n * n }, () => random.uniform() - 0.5);
  return runtime.upload({ dtype: "f32", shape: [n, n], data });
}

interface Training extends Product {
  readonly shape: Shape;
  readonly policy: EmbeddedPolicy;
}

async function training(runtime: Runtime, shape: Shape): Promise<Training> {
  const policy = await embeddedPolicy({
    runtime,
    config: shape.model,
    seed: 1,
  });
  const trees = sequenceTrees(shape, randomStream(1, "train", shape.name));
  const name = `train ${shape.name}, ${shape.sequences} × ${shape.tokens} tokens`;
  return {
    shape,
    policy,
    contestant: timed(name, () => policy.accumulate(trees, crossEntropy, 1)),
    flops: trainingFlops(shape.model, shape.sequences * shape.tokens, keysAQuery(trees)),
  };
}

/** Keys a query of these trees is multiplied with, on average over the rows of their one micro-batch. */
function keysAQuery(trees: readonly LossTree[]): number {
  const pieces = trees.map(({ ids }, tree) => ({ tree, paths: [0], tokens: ids.length - 1 }));
  const temperatures = trees.map(() => 1);
  const { segments, blockTokens } = packForest(trees, pieces, temperatures).shape;
  const rows = segments.reduce((sum, segment) => sum + segment.rows, 0);
  return segments.reduce((sum, segment) => sum + segment.rows * (segment.ancestors + blockTokens), 0) / rows;
}

/** Tokens a second of decoding alone: a run of NEW tokens minus a run of one, which is the prefill and its first token. */
async function benchDecode(runtime: Runtime, rounds: number): Promise<object[]> {
  const policy = await embeddedPolicy({
    runtime,
    config: SMALL.model,
    seed: 1,
    slots: 64,
  });
  const run = (batch: number, tokens: number): Contestant => {
    const random = randomStream(1, "prompts", batch);
    const prompts = Array.from({ length: batch }, () => randomIds(random, PROMPT, SMALL.model.vocab_size));
    return timed(`${batch} ${tokens}`, () => continueAll(policy, prompts, tokens, 1));
  };
  const timings = await takeTurns(
    BATCHES.flatMap((batch) => [run(batch, 1), run(batch, NEW)]),
    Math.min(rounds, 7),
  );
  await policy.dispose();
  row("", "tokens/s", "ms a step", "with prefill");
  return BATCHES.map((batch) => {
    const [first, whole] = [timings.of(`${batch} 1`), timings.of(`${batch} ${NEW}`)];
    const decoding = median(whole.map((seconds, i) => seconds - (first[i] ?? 0)));
    const tokensPerSecond = rounded((batch * (NEW - 1)) / decoding);
    const withPrefill = rounded((batch * NEW) / median(whole));
    row(`decode ${SMALL.name}, batch ${batch}`, tokensPerSecond, rounded((decoding * 1000) / (NEW - 1)), withPrefill);
    return { batch, tokensPerSecond, withPrefill };
  });
}

import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { add, input, mul, neg, sum } from "../engine/ops.ts";
import { openInlineRuntime } from "../engine/runtime/node.ts";
import type { Runtime } from "../engine/runtime/runtime.ts";
import { type ModelConfig, modelConfigSchema } from "./config.ts";
import { embeddedPolicy } from "./embedded.ts";
import type { Loss } from "./loss.ts";
import { parameterShapes } from "./parameters.ts";
import type { LossTree } from "./policy.ts";
import { writeSafetensors } from "./safetensors-write.ts";
import { randomStream } from "../std/random.ts";
import { readDistribution } from "./transformer.ts";

/** Made by golden/qwen3.py with PyTorch and transformers. */
interface Golden {
  readonly config: Readonly<Record<string, number>>;
  readonly cases: readonly {
    readonly tied: boolean;
    readonly sequences: readonly (readonly number[])[];
    readonly temperature: number;
    readonly loss: number;
    readonly logprobs: readonly (readonly number[])[];
    readonly entropies: readonly (readonly number[])[];
    readonly parameters: Readonly<Record<string, readonly number[]>>;
    readonly gradients: Readonly<Record<string, readonly number[]>>;
  }[];
}

const golden = JSON.parse(readFileSync(new URL("../../golden/qwen3.json", import.meta.url), "utf8")) as Golden;

/** Norm of the difference over the norm of the reference. */
const TOLERANCE = 1e-4;

let runtime: Runtime;
beforeAll(async () => {
  runtime = await openInlineRuntime({ threads: 1 });
});
afterAll(() => runtime.close());

/** −Σ log π − 0.1 Σ H, as in the Python file. */
const goldenLoss: Loss = {
  key: "golden",
  build: ({ logprobs_N, entropies_N, weights_N }) =>
    neg(sum(mul(add(logprobs_N, mul(entropies_N, 0.1)), weights_N), [0])),
};

function relativeError(found: ArrayLike<number>, wanted: readonly number[]): number {
  expect(found.length).toBe(wanted.length);
  const norm = (values: readonly number[]): number => Math.hypot(...values);
  return norm(wanted.map((x, i) => x - (found[i] ?? Number.NaN))) / norm(wanted);
}

function sequenceTree(ids: readonly number[]): LossTree {
  const count = ids.length - 1;
  return {
    ids: Int32Array.from(ids),
    parents: Int32Array.from(ids, (_, i) => i - 1),
    paths: [
      {
        leaf: count,
        tokens: Int32Array.from({ length: count }, (_, i) => i + 1),
        oldLogprobs: new Float32Array(count),
        advantages: new Float32Array(count),
        weights: new Float32Array(count).fill(1),
      },
    ],
  };
}

describe.each(golden.cases)("transformer against transformers' Qwen3, tied: $tied", (wanted) => {
  const config: ModelConfig = modelConfigSchema.parse({
    ...golden.config,
    tie_word_embeddings: wanted.tied,
  });

  async function open() {
    const tensors = parameterShapes(config).map(
      ({ name, shape }) => [name, { shape, data: Float32Array.from(wanted.parameters[name] ?? []) }] as const,
    );
    expect(tensors.map(([name]) => name).sort()).toEqual(Object.keys(wanted.parameters).sort());
    return embeddedPolicy({
      runtime,
      config,
      weights: writeSafetensors(new Map(tensors)),
    });
  }

  it("gives the same log-probabilities and entropies", async () => {
    const policy = await open();
    const scores = await policy.score(
      wanted.sequences.map((ids) => ({
        ids,
        temperature: wanted.temperature,
      })),
    );
    for (const [i, { logprobs, entropies }] of scores.entries()) {
      expect(relativeError(logprobs, wanted.logprobs[i] ?? [])).toBeLessThan(TOLERANCE);
      expect(relativeError(entropies, wanted.entropies[i] ?? [])).toBeLessThan(TOLERANCE);
    }
    await policy.dispose();
  });

  it("gives the same gradient for every parameter", async () => {
    const policy = await open();
    const report = await policy.accumulate(wanted.sequences.map(sequenceTree), goldenLoss, wanted.temperature);
    expect(report.loss).toBeCloseTo(wanted.loss, 3);
    for (const [name, { data }] of await policy.learner.readGradient()) {
      expect(relativeError(data, wanted.gradients[name] ?? []), name).toBeLessThan(TOLERANCE);
    }
    await policy.dispose();
  });
});

describe("AEPO-H1: readDistribution", () => {
  it("stays within float32's rounding where a large vocabulary's logits are far from zero", async () => {
    const [S, V] = [8, 49_152];
    const random = randomStream(1, "logits");
    const rows = Array.from({ length: S }, (_, s) =>
      Float32Array.from({ length: V }, (_, v) => 20 + 2.5 * random.normal() + (v === 7 ? 2 * s : 0)),
    );
    const ids = Int32Array.from({ length: S }, (_, s) => 1000 * s);
    const program = await runtime.compile({
      outputs: { ...readDistribution(input("logits_SV", [S, V]), input("ids_S", [S], "i32")) },
    });
    const { host } = await runtime.run(program, {
      logits_SV: { dtype: "f32", shape: [S, V], data: Float32Array.from(rows.flatMap((row) => [...row])) },
      ids_S: { dtype: "i32", shape: [S], data: ids },
    });
    for (const [s, row] of rows.entries()) {
      const total = row.reduce((sum, z) => sum + Math.exp(z - 20), 0);
      const logp = Array.from(row, (z) => z - 20 - Math.log(total));
      const entropy = -logp.reduce((sum, x) => sum + Math.exp(x) * x, 0);
      expect(Math.abs((host["logprobs_S"]?.data[s] ?? 0) - (logp[ids[s] ?? 0] ?? 0))).toBeLessThan(5e-5);
      expect(Math.abs((host["entropies_S"]?.data[s] ?? 0) - entropy)).toBeLessThan(1e-4);
    }
  });
});

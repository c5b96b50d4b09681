import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openInlineRuntime } from "../engine/runtime/node.ts";
import type { Runtime } from "../engine/runtime/runtime.ts";
import { memoryStore } from "./blob-store.ts";
import { modelConfigSchema } from "./config.ts";
import { policyGradientLoss, STEP } from "./conformance-learning.ts";
import { type EmbeddedPolicy, embeddedPolicy } from "./embedded.ts";
import { adapters, loraScale, loraSchema } from "./lora.ts";
import { parameterShapes } from "./parameters.ts";
import { peftName } from "./peft.ts";
import type { LossTree } from "./policy.ts";
import { type NamedTensor, readSafetensors } from "./safetensors.ts";
import { deviceReader } from "./weights.ts";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await openInlineRuntime({ threads: 1 });
});
afterAll(() => runtime.close());

const TINY = modelConfigSchema.parse({
  model_type: "llama",
  vocab_size: 17,
  hidden_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 8,
  intermediate_size: 24,
  max_position_embeddings: 64,
  embedding_scale: 20,
});
const LORA = loraSchema.parse({ rank: 3, alpha: 6 });

const ids = [3, 1, 4, 1, 5, 9, 2, 6];
const tree: LossTree = {
  ids: Int32Array.from(ids),
  parents: Int32Array.from(ids, (_, i) => i - 1),
  paths: [
    {
      leaf: 7,
      tokens: Int32Array.of(3, 4, 5, 6, 7),
      oldLogprobs: new Float32Array(5),
      advantages: new Float32Array(5).fill(1),
      weights: new Float32Array(5).fill(0.2),
    },
  ],
};

type Matrix = readonly (readonly number[])[];

function matrixOf(tensor: NamedTensor | undefined): Matrix {
  const { shape: [rows = 0, columns = 0] = [], data = [] } = tensor ?? {};
  return Array.from({ length: rows }, (_, i) => Array.from(data.slice(i * columns, (i + 1) * columns)));
}

const transposed = (x: Matrix): Matrix => (x[0] ?? []).map((_, j) => x.map((row) => row[j] ?? 0));

const product = (x: Matrix, y: Matrix, scale: number): Matrix =>
  x.map((row) =>
    transposed(y).map((column) => scale * row.reduce((sum, value, i) => sum + value * (column[i] ?? 0), 0)),
  );

/** Norm-wise, of the second one's norm; it must have some. */
function distance(x: Matrix, y: Matrix): number {
  const wanted = y.flat();
  expect(Math.hypot(...wanted)).toBeGreaterThan(0);
  return Math.hypot(...x.flat().map((value, i) => value - (wanted[i] ?? 0))) / Math.hypot(...wanted);
}

/** Three updates, after which neither factor of an adapter is zero. */
async function trainedPolicy(recompute: boolean): Promise<EmbeddedPolicy> {
  const policy = await embeddedPolicy({ runtime, config: TINY, seed: 5, adapters: { lora: LORA, seed: 3 }, recompute });
  for (let step = 0; step < 3; step++) {
    await policy.accumulate([tree], policyGradientLoss, 1);
    await policy.step(STEP);
  }
  return policy;
}

async function savedAdapters(policy: EmbeddedPolicy): Promise<ReadonlyMap<string, NamedTensor>> {
  const store = memoryStore();
  await policy.save(store);
  return readSafetensors(store.blobs.get("adapter_model.safetensors") ?? new Uint8Array()).tensors;
}

describe("the gradient of an adapter", () => {
  // dA = α/r · Bᵀ·dW and dB = α/r · dW·Aᵀ, with dW the gradient of the weight that has the adapter in it.
  it.each([false, true])("is what the chain rule makes of the merged weight's (recomputed: %s)", async (recompute) => {
    const policy = await trainedPolicy(recompute);
    const merged = deviceReader(runtime, parameterShapes(TINY), policy.learner.weights.tensors);
    const whole = await embeddedPolicy({ runtime, config: TINY, tensors: merged, source: "merged" });
    const trained = await savedAdapters(policy);
    for (const each of [policy, whole]) await each.accumulate([tree], policyGradientLoss, 1);
    const [byAdapter, byWeight] = [await policy.learner.readGradient(), await whole.learner.readGradient()];
    for (const { weight, down, up } of adapters(TINY, LORA)) {
      const d = matrixOf(byWeight.get(weight));
      const [a, b] = [down, up].map(({ name }) => matrixOf(trained.get(peftName(name)))) as [Matrix, Matrix];
      expect(distance(matrixOf(byAdapter.get(down.name)), product(transposed(b), d, loraScale(LORA)))).toBeLessThan(
        1e-5,
      );
      expect(distance(matrixOf(byAdapter.get(up.name)), product(d, transposed(a), loraScale(LORA)))).toBeLessThan(1e-5);
    }
    await policy.dispose();
    await whole.dispose();
  });
});

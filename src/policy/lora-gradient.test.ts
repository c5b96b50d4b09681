import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openInlineRuntime } from "../engine/runtime/node.ts";
import type { Runtime } from "../engine/runtime/runtime.ts";
import { memoryStore } from "./blob-store.ts";
import { policyGradientLoss, STEP } from "./conformance-learning.ts";
import { type EmbeddedPolicy, embeddedPolicy } from "./embedded.ts";
import { adapters, loraScale } from "./lora.ts";
import { parameterShapes } from "./parameters.ts";
import { peftName } from "./peft.ts";
import { type NamedTensor, readSafetensors } from "./safetensors.ts";
import { LORA, TINY, tree } from "./testing/tiny-adapters.ts";
import { deviceReader } from "./weights.ts";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await openInlineRuntime({ threads: 1 });
});
afterAll(() => runtime.close());

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

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRuntime } from "../engine/runtime/node.ts";
import type { Runtime } from "../engine/runtime/runtime.ts";
import { memoryStore } from "./blob-store.ts";
import { policyGradientLoss as TOKEN_LOSS } from "./conformance-learning.ts";
import { type EmbeddedPolicy, embeddedPolicy } from "./embedded.ts";
import { type SharedBase, sharedBase } from "./shared-base.ts";
import { ids, LORA, TINY, tree } from "./testing/tiny-adapters.ts";

const STEP = {
  learningRate: 0.05,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0,
  maxGradientNorm: Number.POSITIVE_INFINITY,
};

let runtime: Runtime;
let base: SharedBase;
beforeAll(async () => {
  runtime = await openRuntime({ threads: 1 });
  base = await sharedBase({ runtime, config: TINY, seed: 1, slots: 4, cacheTokens: 256, checkpoint: "base" });
});
afterAll(async () => {
  await base.dispose();
  expect((await runtime.usage()).tensors).toBe(0);
  await runtime.close();
});

async function logprobs(policy: Pick<EmbeddedPolicy, "score">): Promise<number[]> {
  const [score] = await policy.score([{ ids, temperature: 1 }]);
  return Array.from(score?.logprobs ?? []);
}

describe("policies beside one base", () => {
  it("learn as a policy with a base of its own, each by itself, and leave the base as it is", async () => {
    const untouched = await logprobs(base.bare);
    const own = await embeddedPolicy({ runtime, config: TINY, seed: 1, adapters: { lora: LORA, seed: 5 } });
    const [first, second] = [await base.adapt(LORA, 5), await base.adapt({ ...LORA, rank: 2 }, 6)];
    for (const policy of [own, first]) {
      await policy.accumulate([tree], TOKEN_LOSS, 1);
      await policy.step(STEP);
    }
    expect(await logprobs(first)).toEqual(await logprobs(own));
    expect(await logprobs(first)).not.toEqual(untouched);
    expect(await logprobs(second)).toEqual(untouched);
    expect(await logprobs(base.bare)).toEqual(untouched);
    for (const policy of [own, first, second]) await policy.dispose();
  });

  it("share its weights on the device", async () => {
    const before = await runtime.usage();
    const own = await embeddedPolicy({ runtime, config: TINY, seed: 1, adapters: { lora: LORA, seed: 5 } });
    const ofOwn = (await runtime.usage()).tensorBytes - before.tensorBytes;
    await own.dispose();
    const policies = [await base.adapt(LORA, 5), await base.adapt(LORA, 6)];
    const ofBoth = (await runtime.usage()).tensorBytes - before.tensorBytes;
    expect(ofOwn - ofBoth / 2).toBe(before.tensorBytes);
    for (const policy of policies) await policy.dispose();
    expect((await runtime.usage()).tensorBytes).toBe(before.tensorBytes);
  });

  it("open again from what one has saved, whatever it learns since", async () => {
    const policy = await base.adapt(LORA, 5);
    await policy.accumulate([tree], TOKEN_LOSS, 1);
    await policy.step(STEP);
    const store = memoryStore();
    await policy.learner.saveWeights(store);
    const saved = await logprobs(policy);
    await policy.accumulate([tree], TOKEN_LOSS, 1);
    await policy.step(STEP);
    const opened = await base.openAdapters(store);
    expect(await logprobs(opened)).toEqual(saved);
    expect(await logprobs(policy)).not.toEqual(saved);
    await opened.dispose();
    await policy.dispose();
  });

  it("refuses adapters of another base", async () => {
    const other = await sharedBase({ runtime, config: TINY, seed: 2, checkpoint: "other" });
    const policy = await other.adapt(LORA, 5);
    const store = memoryStore();
    await policy.learner.saveWeights(store);
    await expect(base.openAdapters(store)).rejects.toThrow("the adapters were trained beside another base model");
    await policy.dispose();
    await other.dispose();
  });

  it("steps by a scaled gradient as by a scaled loss, and starts its optimiser anew with weights alone", async () => {
    const [scaled, whole] = [await base.adapt(LORA, 5), await base.adapt(LORA, 5)];
    for (const policy of [scaled, whole]) await policy.accumulate([tree], TOKEN_LOSS, 1);
    const clipped = { ...STEP, epsilon: 1, maxGradientNorm: 1e-3 };
    const norm = (await whole.learner.step({ ...clipped, learningRate: 0 })).gradientNorm ?? Number.NaN;
    expect((await scaled.learner.step({ ...clipped, learningRate: 0 }, 0.25)).gradientNorm).toBeCloseTo(norm / 4, 6);
    const store = memoryStore();
    await scaled.learner.saveWeights(store);
    await scaled.learner.loadWeights(store);
    const fresh = await base.adapt(LORA, 5);
    for (const policy of [scaled, fresh]) {
      await policy.accumulate([tree], TOKEN_LOSS, 1);
      await policy.step(STEP);
    }
    expect(await logprobs(scaled)).toEqual(await logprobs(fresh));
    for (const policy of [scaled, whole, fresh]) await policy.dispose();
  });
});

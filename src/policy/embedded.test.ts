import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openInlineRuntime } from "../engine/runtime/node.ts";
import type { Runtime } from "../engine/runtime/runtime.ts";
import { memoryStore } from "./blob-store.ts";
import { describePolicyConformance } from "./conformance.ts";
import { conformanceTokenBytes, request, sampleAll } from "./conformance-sampling.ts";
import { policyGradientLoss, STEP } from "./conformance-learning.ts";
import { embeddedPolicy } from "./embedded.ts";
import type { Sample, SampleRequest } from "./policy.ts";
import { tinyConfig } from "./testing/tiny-config.ts";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await openInlineRuntime({ threads: 1 });
});
afterAll(() => runtime.close());

const options = { microBatchTokens: 128, slots: 8, cacheTokens: 512, seed: 5 };

describePolicyConformance("embedded", () =>
  embeddedPolicy({ runtime, config: tinyConfig, ...options, tokenBytes: conformanceTokenBytes }),
);

describe("embeddedPolicy", () => {
  it("says what it is", async () => {
    const policy = await embeddedPolicy({ runtime, config: tinyConfig, ...options });
    expect(policy.info).toEqual({
      description: "embedded engine (cpu, 1 thread), qwen3: 2 layers, width 16, 0.01M parameters",
      vocabularySize: 17,
      maxSequenceTokens: 64,
      entropy: "full",
      logprobTemperature: "any",
      shaping: true,
      topLogprobs: 17,
      countsReuse: true,
      keepsWeights: true,
    });
    await policy.dispose();
  });

  it("goes on when the cache has to evict, with the same draws", async () => {
    // 40 tokens of cache for sequences of 20 tokens: at most two rows at a time, and old prefixes must go.
    const policies = await Promise.all(
      [40, 512].map((cacheTokens) => embeddedPolicy({ runtime, config: tinyConfig, ...options, cacheTokens })),
    );
    const drawn: unknown[] = [];
    for (const policy of policies) {
      const sampler = policy.openSampler();
      const ids: number[][] = [];
      for (let seed = 0; seed < 9; seed++) {
        sampler.submit({
          id: String(seed),
          ids: [seed, 1, 2, 3, 4, 5, 6, 7, 8, 9],
          stop: [],
          maxTokens: 10,
          temperature: 1,
          seed,
        });
      }
      for (let some = await sampler.next(); some.length > 0; some = await sampler.next())
        ids.push(...some.map((x) => [...x.ids]));
      drawn.push(ids.toSorted());
      await sampler.close();
      await policy.dispose();
    }
    expect(drawn[0]).toEqual(drawn[1]);
  });

  it("draws the same bits for plain rows beside rows whose logits are wanted", async () => {
    const policy = await embeddedPolicy({ runtime, config: tinyConfig, ...options });
    const plain = [3, 4, 5, 6].map((seed) => request(`plain ${seed}`, { seed, temperature: seed === 6 ? 0 : 1 }));
    const beside = [
      request("shaped", { shaping: { topP: 0.7 }, maxTokens: 20 }),
      request("penalised", { shaping: { repetitionPenalty: 1.2 }, temperature: 0, stop: [[3]] }),
      request("reported", { topLogprobs: 3, ids: [9, 9] }),
    ];
    const drawn = async (requests: readonly SampleRequest[]): Promise<Sample[]> => {
      const sampler = policy.openSampler();
      const samples = await sampleAll(sampler, requests);
      await sampler.close();
      return samples.filter(({ id }) => id.startsWith("plain"));
    };
    expect(await drawn([...plain, ...beside])).toEqual(await drawn(plain));
    await policy.dispose();
  });

  it("gives all device memory back", async () => {
    const before = (await runtime.usage()).tensors;
    const policy = await embeddedPolicy({ runtime, config: tinyConfig, ...options });
    const sampler = policy.openSampler();
    sampler.submit({
      id: "a",
      ids: [1],
      stop: [],
      maxTokens: 3,
      temperature: 1,
      seed: 1,
    });
    await sampler.next();
    const snapshot = await policy.snapshot();
    await sampler.close();
    await snapshot.dispose();
    await policy.dispose();
    expect((await runtime.usage()).tensors).toBe(before);
  });

  it("trains and samples to the same bytes from the same seed", async () => {
    const run = async (): Promise<{ bytes: Uint8Array; samples: readonly Sample[] }> => {
      const policy = await embeddedPolicy({ runtime, config: tinyConfig, ...options });
      const sampler = policy.openSampler();
      for (let seed = 0; seed < 5; seed++) {
        sampler.submit({ id: String(seed), ids: [1, 2], stop: [[3]], maxTokens: 9, temperature: 1, seed });
      }
      const samples: Sample[] = [];
      for (let some = await sampler.next(); some.length > 0; some = await sampler.next()) samples.push(...some);
      await sampler.close();
      const trees = samples.map(({ ids, logprobs }) => ({
        ids: Int32Array.of(1, 2, ...ids),
        parents: Int32Array.from({ length: 2 + ids.length }, (_, i) => i - 1),
        paths: [
          {
            leaf: ids.length + 1,
            tokens: Int32Array.from(ids, (_, i) => i + 2),
            oldLogprobs: Float32Array.from(logprobs),
            advantages: Float32Array.from(ids, (id) => (id % 2 === 0 ? 1 : -1)),
            weights: new Float32Array(ids.length).fill(0.1),
          },
        ],
      }));
      for (let i = 0; i < 3; i++) {
        await policy.accumulate(trees, policyGradientLoss, 1);
        await policy.step(STEP);
      }
      const { blobs, ...store } = memoryStore();
      await policy.save(store);
      await policy.dispose();
      return { bytes: blobs.get("model.safetensors") ?? new Uint8Array(), samples };
    };
    const [first, second] = [await run(), await run()];
    expect(second.samples).toEqual(first.samples);
    expect(first.bytes.length).toBeGreaterThan(1000);
    expect(Buffer.compare(first.bytes, second.bytes)).toBe(0);
  });

  it("refuses a checkpoint of another model", async () => {
    const { blobs, ...store } = memoryStore();
    const policy = await embeddedPolicy({ runtime, config: tinyConfig, ...options });
    await policy.save(store);
    const other = await embeddedPolicy({
      runtime,
      config: { ...tinyConfig, rope_theta: 1e6 },
      ...options,
    });
    await expect(other.load(store)).rejects.toThrow(
      "the checkpoint was made by another model\n  expected: rope_theta 1000000\n  found: rope_theta 10000",
    );
    const weights = blobs.get("model.safetensors") ?? new Uint8Array();
    await expect(embeddedPolicy({ runtime, config: { ...tinyConfig, vocab_size: 18 }, weights })).rejects.toThrow(
      'model.safetensors: tensor "model.embed_tokens.weight" has another shape\n  expected: [18, 16]\n  found: [17, 16]',
    );
    await policy.dispose();
    await other.dispose();
  });
});

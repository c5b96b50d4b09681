import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRuntime } from "../../engine/runtime/node.ts";
import type { Runtime } from "../../engine/runtime/runtime.ts";
import { modelConfigFromFields } from "../../policy/config-json.ts";
import { type EmbeddedPolicy, embeddedPolicy } from "../../policy/embedded.ts";
import type { ModelFiles } from "../model-files.ts";
import { openGguf } from "./open-gguf.ts";
import { hasRealModel, REAL_MODEL, realGolden, SKIPPED } from "./testing/real-model.ts";

describe.skipIf(!hasRealModel)(`the real model, computed${SKIPPED}`, () => {
  let runtime: Runtime;
  let model: ModelFiles;
  let policy: EmbeddedPolicy;
  beforeAll(async () => {
    runtime = await openRuntime({ threads: 2 });
    model = await openGguf(REAL_MODEL);
    const config = modelConfigFromFields(model.config);
    const limits = { microBatchTokens: 256, slots: 4, cacheTokens: 1024 };
    policy = await embeddedPolicy({ runtime, config, tensors: model.tensors, source: model.source, ...limits });
  }, 60_000);
  afterAll(async () => {
    await policy.dispose();
    await model.tensors.close();
    await runtime.close();
  });

  it("gives transformers' log-probabilities and entropies", async () => {
    const rows = realGolden().scored.filter(({ logprobs }) => logprobs !== undefined);
    const scores = await policy.score(rows.map(({ ids }) => ({ ids: [...ids], temperature: 1 })));
    for (const [i, { logprobs = [], entropies = [] }] of rows.entries()) {
      const score = scores[i];
      expect(worst(score?.logprobs ?? [], logprobs)).toBeLessThan(2e-4);
      expect(worst(score?.entropies ?? [], entropies.slice(0, -1))).toBeLessThan(2e-4);
    }
  }, 120_000);

  it("decodes greedily to transformers' tokens", async () => {
    const { chats } = realGolden();
    const sampler = policy.openSampler();
    for (const [i, { ids, greedy }] of chats.entries()) {
      sampler.submit({
        id: String(i),
        ids: [...ids],
        stop: [[2]],
        maxTokens: greedy.length,
        temperature: 1e-4,
        seed: 1,
      });
    }
    const found = new Map<string, readonly number[]>();
    for (let some = await sampler.next(); some.length > 0; some = await sampler.next()) {
      for (const { id, ids } of some) found.set(id, ids);
    }
    await sampler.close();
    expect([...found].toSorted().map(([, ids]) => ids)).toEqual(chats.map(({ greedy }) => greedy));
  }, 120_000);
});

/** Largest absolute difference; infinite where the lengths differ. */
function worst(a: ArrayLike<number>, b: readonly number[]): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return b.reduce((most, x, i) => Math.max(most, Math.abs(x - (a[i] ?? 0))), 0);
}

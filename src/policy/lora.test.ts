import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openInlineRuntime } from "../engine/runtime/node.ts";
import type { Runtime } from "../engine/runtime/runtime.ts";
import { modelConfigSchema } from "./config.ts";
import { describePolicyConformance } from "./conformance.ts";
import { policyGradientLoss, STEP } from "./conformance-learning.ts";
import { type EmbeddedPolicy, embeddedPolicy } from "./embedded.ts";
import { adapters, loraSchema } from "./lora.ts";
import { adapterConfigToJson, loraFromAdapterConfig } from "./peft.ts";
import type { BlobStore, LossTree } from "./policy.ts";
import { readSafetensors } from "./safetensors.ts";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await openInlineRuntime({ threads: 1 });
});
afterAll(() => runtime.close());

const TINY = modelConfigSchema.parse({
  model_type: "qwen2",
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
const options = { microBatchTokens: 128, slots: 8, cacheTokens: 512, seed: 5 };

const open = (recompute = false): Promise<EmbeddedPolicy> =>
  embeddedPolicy({ runtime, config: TINY, ...options, adapters: { lora: LORA, seed: 3 }, recompute });

describePolicyConformance("embedded, with adapters", () => open());

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

function memoryStore(): BlobStore & { readonly blobs: ReadonlyMap<string, Uint8Array> } {
  const blobs = new Map<string, Uint8Array>();
  return {
    blobs,
    write: async (name, bytes) => void blobs.set(name, bytes),
    read: async (name) => blobs.get(name) ?? new Uint8Array(),
  };
}

describe("LoRA", () => {
  it("changes nothing at first, and leaves the weights beside the adapters alone", async () => {
    const [plain, adapted] = [await embeddedPolicy({ runtime, config: TINY, ...options }), await open()];
    const request = [{ ids, temperature: 1 }];
    expect(await adapted.score(request)).toEqual(await plain.score(request));
    await adapted.accumulate([tree], policyGradientLoss, 1);
    const gradient = await adapted.learner.readGradient();
    const names = adapters(TINY, LORA).flatMap(({ down, up }) => [down.name, up.name]);
    expect([...gradient.keys()]).toEqual(names);
    expect(names).toHaveLength(2 * 7 * 2);
    // B is zero, so only B has a gradient.
    for (const [name, { data }] of gradient) expect(data.some((x) => x !== 0)).toBe(name.includes("lora_B"));
    await plain.dispose();
    await adapted.dispose();
  });

  it("samples from weights with the adapters merged in: the numbers that training computes beside them", async () => {
    const policy = await open();
    for (let step = 0; step < 3; step++) {
      await policy.accumulate([tree], policyGradientLoss, 1);
      await policy.step(STEP);
    }
    const [scored] = await policy.score([{ ids, temperature: 1 }]);
    const { logprobs } = await policy.accumulate([tree], policyGradientLoss, 1);
    const [trained = new Float32Array()] = logprobs;
    for (const [i, x] of trained.entries()) expect(x).toBeCloseTo(scored?.logprobs[i + 2] ?? Number.NaN, 5);
    const fresh = await open();
    const [before] = await fresh.score([{ ids, temperature: 1 }]);
    expect(before?.logprobs).not.toEqual(scored?.logprobs);
    await policy.dispose();
    await fresh.dispose();
  });

  it("recomputes its blocks without a change of a bit", async () => {
    const [kept, again] = [await open(), await open(true)];
    for (const policy of [kept, again]) {
      await policy.accumulate([tree], policyGradientLoss, 1);
      await policy.step(STEP);
      await policy.accumulate([tree], policyGradientLoss, 1);
    }
    expect(await again.learner.readGradient()).toEqual(await kept.learner.readGradient());
    await kept.dispose();
    await again.dispose();
  });

  it("saves what PEFT reads: its names, its config, no base weights", async () => {
    const policy = await open();
    const store = memoryStore();
    await policy.save(store);
    expect([...store.blobs.keys()].sort()).toEqual([
      "adapter_config.json",
      "adapter_model.safetensors",
      "config.json",
      "optimizer.safetensors",
    ]);
    const { tensors } = readSafetensors(store.blobs.get("adapter_model.safetensors") ?? new Uint8Array());
    expect(tensors.get("base_model.model.model.layers.1.mlp.down_proj.lora_A.weight")?.shape).toEqual([3, 24]);
    expect(tensors.get("base_model.model.model.layers.0.self_attn.k_proj.lora_B.weight")?.shape).toEqual([16, 3]);
    const text = new TextDecoder().decode(store.blobs.get("adapter_config.json"));
    expect(loraFromAdapterConfig(text)).toEqual(LORA);
    await policy.dispose();
  });

  it("frees what it held", async () => {
    const before = (await runtime.usage()).tensors;
    const policy = await open();
    const snapshot = await policy.snapshot();
    await policy.accumulate([tree], policyGradientLoss, 1);
    await policy.step(STEP);
    await snapshot.dispose();
    await policy.dispose();
    expect((await runtime.usage()).tensors).toBe(before);
  });
});

describe("adapter_config.json", () => {
  const given = (changes: object): string => JSON.stringify({ ...JSON.parse(adapterConfigToJson(LORA)), ...changes });

  it("may list its targets in any order, or all of them in a word", () => {
    expect(loraFromAdapterConfig(given({ target_modules: ["v_proj", "q_proj"] })).targets).toEqual([
      "q_proj",
      "v_proj",
    ]);
    expect(loraFromAdapterConfig(given({ target_modules: "all-linear" })).targets).toHaveLength(7);
  });

  it.each([
    [{ use_dora: true }, "adapter_config.json: use_dora true is not implemented\n  expected: false"],
    [{ bias: "all" }, 'adapter_config.json: bias "all" is not implemented\n  expected: "none"'],
    [
      { rank_pattern: { q_proj: 8 } },
      "adapter_config.json: rank_pattern is not implemented\n  expected: one rank and alpha for all",
    ],
    [
      { target_modules: ["lm_head"] },
      "expected: r, lora_alpha and target_modules of q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj",
    ],
  ])("refuses %j", (changes, message) => {
    expect(() => loraFromAdapterConfig(given(changes))).toThrow(message);
  });
});

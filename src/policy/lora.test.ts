import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rejectionMessage } from "../../test/support/thrown.ts";
import { walk } from "../engine/graph.ts";
import { openInlineRuntime } from "../engine/runtime/node.ts";
import type { Runtime } from "../engine/runtime/runtime.ts";
import { describePolicyConformance } from "./conformance.ts";
import { policyGradientLoss, STEP } from "./conformance-learning.ts";
import { conformanceTokenBytes } from "./conformance-sampling.ts";
import { type EmbeddedPolicy, embeddedPolicy } from "./embedded.ts";
import { trainingGraph } from "./forest-graph.ts";
import { forestShape } from "./forest-shape.ts";
import { adapters, adapterShapes, type Lora } from "./lora.ts";
import { parameterShapes } from "./parameters.ts";
import { adapterConfigToJson, loraFromAdapterConfig } from "./peft.ts";
import { memoryStore } from "./blob-store.ts";
import { readSafetensors } from "./safetensors.ts";
import { ids, LORA, TINY, tree } from "./testing/tiny-adapters.ts";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await openInlineRuntime({ threads: 1 });
});
afterAll(() => runtime.close());

const options = { microBatchTokens: 128, slots: 8, cacheTokens: 512, seed: 5 };

const open = (recompute = false): Promise<EmbeddedPolicy> =>
  embeddedPolicy({
    runtime,
    config: TINY,
    ...options,
    tokenBytes: conformanceTokenBytes,
    adapters: { lora: LORA, seed: 3 },
    recompute,
  });

describePolicyConformance("embedded, with adapters", () => open());

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
      "base_model.json",
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

  it("has nothing of a frozen weight's gradient in its graph, recomputed or not", () => {
    // No two of these sizes are equal, so a shape tells what a product is the gradient of.
    const config = { ...TINY, num_attention_heads: 3, num_key_value_heads: 1, hidden_size: 10, intermediate_size: 22 };
    const shape = forestShape([0, 0], { scored: 128, pathTokens: 128, paths: 1 }, 64);
    const weights = parameterShapes(config).filter(({ shape }) => shape.length === 2);
    const sizes = new Set(weights.map(({ shape: [a = 0, b = 0] }) => Math.min(a, b) * 1000 + Math.max(a, b)));
    const weightGradients = (lora: Lora | null, recompute: boolean): number =>
      walk(Object.values(trainingGraph(config, shape, policyGradientLoss, { lora, recompute }).outputs)).filter(
        ({ op, shape: [a = 0, b = 0, ...more] }) =>
          op === "matmul" && more.length === 0 && sizes.has(Math.min(a, b) * 1000 + Math.max(a, b)),
      ).length;
    // One product each; of the embeddings, as the output weights they are.
    expect(weightGradients(null, false)).toBe(weights.length);
    expect(weightGradients(LORA, false)).toBe(0);
    expect(weightGradients(LORA, true)).toBe(0);
    const outputs = Object.keys(
      trainingGraph(config, shape, policyGradientLoss, { lora: LORA, recompute: true }).outputs,
    );
    expect(outputs.filter((name) => name.startsWith("gradient/"))).toHaveLength(adapterShapes(config, LORA).length);
  });

  it("goes on from a checkpoint bit for bit, its optimiser state of adapters only", async () => {
    const train = async (policy: EmbeddedPolicy, steps: number): Promise<void> => {
      for (let i = 0; i < steps; i++) {
        await policy.accumulate([tree], policyGradientLoss, 1);
        await policy.step(STEP);
      }
    };
    const [whole, first, second] = [await open(), await open(), await open()];
    await train(whole, 4);
    await train(first, 2);
    const [middle, end, resumed] = [memoryStore(), memoryStore(), memoryStore()];
    await first.save(middle);
    await second.load(middle);
    await train(second, 2);
    await whole.save(end);
    await second.save(resumed);
    expect(resumed.blobs).toEqual(end.blobs);
    const state = readSafetensors(end.blobs.get("optimizer.safetensors") ?? new Uint8Array());
    const names = adapterShapes(TINY, LORA).map(({ name }) => name);
    expect([...state.tensors.keys()]).toEqual([...names.map((n) => `first/${n}`), ...names.map((n) => `second/${n}`)]);
    for (const policy of [whole, first, second]) await policy.dispose();
  });

  it("refuses a checkpoint of other adapters, or beside another base", async () => {
    const policy = await open();
    const store = memoryStore();
    await policy.save(store);
    const wider = { lora: { ...LORA, rank: 4 }, seed: 3 };
    const other = await embeddedPolicy({ runtime, config: TINY, ...options, adapters: wider });
    expect(await rejectionMessage(other.load(store))).toBe(
      "the checkpoint holds other adapters\n" +
        "  expected: rank 4, alpha 6, targets q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj\n" +
        "  found: rank 3, alpha 6, targets q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj\n" +
        "  to fix: resume with the policy.lora they were made with, or start a new run from them (policy.checkpoint)",
    );
    const adapters = { lora: LORA, seed: 3, base: "hf://some/model" };
    const elsewhere = await embeddedPolicy({ runtime, config: TINY, ...options, seed: 6, adapters });
    expect(await rejectionMessage(elsewhere.load(store))).toMatch(
      /^the adapters were trained beside another base model\n {2}expected: a model with fingerprint [0-9a-f]{32}\n {2}found: hf:\/\/some\/model with fingerprint [0-9a-f]{32}\n {2}to fix: set policy.checkpoint to the model they were trained beside, unchanged since$/,
    );
    for (const each of [policy, other, elsewhere]) await each.dispose();
  });

  it("names a model of the Hub as PEFT does", () => {
    expect(JSON.parse(adapterConfigToJson(LORA, "hf://owner/name@v1"))).toMatchObject({
      base_model_name_or_path: "owner/name",
      revision: "v1",
    });
    expect(JSON.parse(adapterConfigToJson(LORA, "runs/a"))).toMatchObject({
      base_model_name_or_path: "runs/a",
      revision: null,
    });
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

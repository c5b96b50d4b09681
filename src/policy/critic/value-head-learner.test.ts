import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rejectionMessage } from "../../../test/support/thrown.ts";
import { openInlineRuntime } from "../../engine/runtime/node.ts";
import type { Runtime } from "../../engine/runtime/runtime.ts";
import { memoryStore } from "../blob-store.ts";
import { policyGradientLoss, STEP } from "../conformance-learning.ts";
import type { EmbeddedOptions, EmbeddedPolicy } from "../embedded.ts";
import type { Loss } from "../loss.ts";
import { peftNameBack } from "../peft.ts";
import type { LossTree } from "../policy.ts";
import { readSafetensors } from "../safetensors.ts";
import { writeSafetensors } from "../safetensors-write.ts";
import { lossWith, openHeaded, relativeError, setHead } from "./testing/headed-policy.ts";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await openInlineRuntime({ threads: 1 });
});
afterAll(() => runtime.close());

const open = (options?: Partial<EmbeddedOptions>): Promise<EmbeddedPolicy> => openHeaded(runtime, options);

/** Three tokens with two answers; the result of a tool (5, 6) in the first is not trained. */
const answer = (leaf: number, tokens: readonly number[], returns: number): LossTree["paths"][number] => ({
  leaf,
  tokens: Int32Array.from(tokens),
  oldLogprobs: new Float32Array(tokens.length).fill(-1),
  advantages: new Float32Array(tokens.length).fill(returns),
  weights: new Float32Array(tokens.length).fill(0.2),
  targets: {
    oldValues: new Float32Array(tokens.length),
    returns: new Float32Array(tokens.length).fill(returns),
  },
});
const FORKED: LossTree = {
  ids: Int32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 6, 5),
  parents: Int32Array.of(-1, 0, 1, 2, 3, 4, 5, 6, 2, 8),
  paths: [answer(7, [3, 4, 7], 1), answer(9, [8, 9], -0.5)],
};
const ALONE: readonly LossTree[] = [
  { ids: FORKED.ids.slice(0, 8), parents: FORKED.parents.slice(0, 8), paths: FORKED.paths.slice(0, 1) },
  { ids: Int32Array.of(1, 2, 3, 6, 5), parents: Int32Array.of(-1, 0, 1, 2, 3), paths: [answer(4, [3, 4], -0.5)] },
];
const LORA = { lora: { rank: 2, alpha: 4, targets: ["q_proj" as const, "down_proj" as const] }, seed: 3 };
const HEAD = { "value_head.weight": Array.from({ length: 16 }, (_, i) => 0.1 * Math.sin(i)), "value_head.bias": [0.3] };

describe("B-PPO: the value head", () => {
  it("AEPO-L6: reads a shared prefix once: values and gradient are those of the paths one by one", async () => {
    const [tree, paths] = [await open(), await open()];
    for (const policy of [tree, paths]) await setHead(policy, HEAD);
    const flat = async (policy: EmbeddedPolicy, trees: readonly LossTree[]): Promise<number[]> =>
      ((await policy.critic?.values(trees)) ?? []).flatMap((x) => [...x]);
    const shared = await flat(tree, [FORKED]);
    expect(shared).toHaveLength(5);
    expect(relativeError(await flat(paths, ALONE), shared)).toBeLessThan(1e-6);
    // Both answers begin in the same state.
    expect(shared[3]).toBe(shared[0]);
    await tree.critic?.accumulate([FORKED], lossWith(false).value);
    for (const one of ALONE) await paths.critic?.accumulate([one], lossWith(false).value);
    const [whole, parts] = [await tree.valueHead?.state.readGradient(), await paths.valueHead?.state.readGradient()];
    for (const [name, { data }] of whole ?? []) {
      expect(relativeError(parts?.get(name)?.data ?? [], [...data]), name).toBeLessThan(1e-5);
    }
    await tree.dispose();
    await paths.dispose();
  });

  it.each([
    ["all weights", "model.safetensors", {}],
    ["adapters", "adapter_model.safetensors", { adapters: LORA }],
    ["adapters, recomputed", "adapter_model.safetensors", { adapters: LORA, recompute: true }],
  ] as const)(
    "detached it leaves the policy's gradient alone; through the trunk it is the slope: %s",
    async (_, file, options) => {
      const policy = await open(options);
      await setHead(policy, HEAD);
      // Adapters start without effect; a step gives both of their halves a gradient.
      await policy.accumulate([FORKED], policyGradientLoss, 1);
      await policy.step(STEP);
      const store = memoryStore();
      await policy.save(store);
      const gradientOf = async (loss: Loss) => {
        await policy.load(store);
        await policy.accumulate([FORKED], loss, 1);
        return policy.learner.readGradient();
      };
      const alone = await gradientOf({ key: "likelihood", build: lossWith(false).build });
      const detached = await gradientOf(lossWith(false));
      for (const [name, { data }] of alone) {
        // The same sums in another graph: equal up to rounding.
        expect(relativeError(detached.get(name)?.data ?? [], [...data]), name).toBeLessThan(1e-6);
      }
      const through = await gradientOf(lossWith(true));
      const direction = new Map(
        [...through].map(
          ([name, { data }]) => [name, data.map((x, i) => x - (alone.get(name)?.data[i] ?? 0))] as const,
        ),
      );
      const norm = Math.hypot(...[...direction.values()].map((part) => Math.hypot(...part)));
      expect(norm).toBeGreaterThan(1e-3);
      const lossAt = async (step: number): Promise<number> => {
        const moved = memoryStore(new Map(store.blobs));
        const { tensors, metadata } = readSafetensors(await store.read(file));
        const shifted = [...tensors].map(([name, { shape, data }]) => {
          const along = direction.get(file.startsWith("adapter") ? (peftNameBack(name) ?? "") : name);
          return [name, { shape, data: data.map((x, i) => x + (step * (along?.[i] ?? 0)) / norm) }] as const;
        });
        await moved.write(file, writeSafetensors(new Map(shifted), metadata));
        await policy.load(moved);
        return 0.5 * ((await policy.critic?.accumulate([FORKED], lossWith(true).value))?.loss ?? Number.NaN);
      };
      const [up, down] = [await lossAt(1e-3), await lossAt(-1e-3)];
      expect(Math.abs((up - down) / 2e-3 - norm) / norm).toBeLessThan(0.01);
      await policy.dispose();
    },
  );

  it("alone learns what returns are while the policy stays as it is, to the byte", async () => {
    const policy = await open();
    const before = memoryStore();
    await policy.save(before);
    const losses: number[] = [];
    let current = FORKED;
    for (let i = 0; i < 40; i++) {
      const report = await policy.critic?.accumulate([current], lossWith(true).value);
      losses.push(report?.loss ?? Number.NaN);
      await policy.critic?.step({ ...STEP, learningRate: 3e-2 });
      const values = await policy.critic?.values([FORKED]);
      const paths = FORKED.paths.map((path, at) => {
        const oldValues = values?.[at] ?? new Float32Array();
        return { ...path, targets: { oldValues, returns: path.advantages } };
      });
      // Values that moved by more than the clip learn no more: every fourth update is of a new batch.
      if (i % 4 === 3) current = { ...FORKED, paths };
    }
    expect(losses[0]).toBeCloseTo(0.5 * 0.2 * (3 * 1 + 2 * 0.25), 5);
    // Both answers begin in one state, whose value can only be the mean of 1 and −0.5: that much is left.
    expect(losses.at(-1)).toBeCloseTo(0.5 * 0.2 * 2 * 0.75 ** 2, 2);
    const after = memoryStore();
    await policy.save(after);
    expect([...after.blobs.keys()].sort()).toEqual([
      "config.json",
      "model.safetensors",
      "optimizer.safetensors",
      "value.safetensors",
    ]);
    for (const name of ["model.safetensors", "optimizer.safetensors"]) {
      expect(after.blobs.get(name), name).toEqual(before.blobs.get(name));
    }
    await policy.dispose();
  });

  it("goes on from a checkpoint bit for bit, moments and number of updates included", async () => {
    const [policy, fresh] = [await open({ adapters: LORA }), await open({ adapters: LORA })];
    const update = async (one: EmbeddedPolicy): Promise<void> => {
      await one.accumulate([FORKED], lossWith(true), 1);
      await one.step(STEP);
      await one.critic?.step(STEP);
    };
    await policy.critic?.accumulate([FORKED], lossWith(true).value);
    await policy.critic?.step(STEP);
    await update(policy);
    const store = memoryStore();
    await policy.save(store);
    await fresh.load(store);
    for (const one of [policy, fresh]) await update(one);
    const [left, right] = [memoryStore(), memoryStore()];
    await policy.save(left);
    await fresh.save(right);
    expect(right.blobs).toEqual(left.blobs);
    expect(readSafetensors(await left.read("value.safetensors")).metadata["updates"]).toBe("3");
    expect(readSafetensors(await left.read("optimizer.safetensors")).metadata["updates"]).toBe("2");
    await policy.dispose();
    await fresh.dispose();
  });

  it("is refused where it is not, and is not saved in between", async () => {
    const [without, policy] = [await open({ valueHead: false }), await open()];
    expect(without.critic).toBeUndefined();
    expect(await rejectionMessage(without.accumulate([FORKED], lossWith(false), 1))).toBe(
      "this loss trains a value head (B-PPO), and the policy was opened without one\n" +
        "  to fix: open it with `valueHead: true`",
    );
    const store = memoryStore();
    await without.save(store);
    expect([...store.blobs.keys()]).not.toContain("value.safetensors");
    await policy.critic?.accumulate([FORKED], lossWith(false).value);
    expect(await rejectionMessage(policy.save(store))).toMatch(/^cannot save between accumulate and step/);
    await policy.critic?.step(STEP);
    const short = { ...FORKED, paths: [{ ...answer(7, [3, 4, 7], 1), targets: answer(9, [8, 9], 1).targets }] };
    expect(await rejectionMessage(policy.accumulate([short as LossTree], lossWith(false), 1))).toBe(
      "path 0 has 3 trained tokens and 2 oldValues\n  expected: one entry a trained token",
    );
    await without.dispose();
    await policy.dispose();
  });

  it("gives all device memory back", async () => {
    const before = (await runtime.usage()).tensors;
    const policy = await open();
    await policy.critic?.accumulate([FORKED, FORKED], lossWith(true).value);
    await policy.critic?.step(STEP);
    await policy.accumulate([FORKED], lossWith(true), 1);
    await policy.step(STEP);
    await policy.critic?.step(STEP);
    await policy.dispose();
    expect((await runtime.usage()).tensors).toEqual(before);
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openInlineRuntime } from "../../engine/runtime/node.ts";
import type { Runtime } from "../../engine/runtime/runtime.ts";
import type { LossTree } from "../policy.ts";
import { lossWith, openHeaded, readGolden, relativeError, setHead } from "./testing/headed-policy.ts";

/** Made by golden/value.py with PyTorch, on the model of golden/qwen3.json. */
interface Golden {
  readonly heads: readonly {
    readonly shareTrunk: boolean;
    readonly sequences: readonly (readonly number[])[];
    readonly head: Readonly<Record<string, readonly number[]>>;
    readonly values: readonly (readonly number[])[];
    readonly oldValues: readonly (readonly number[])[];
    readonly returns: readonly (readonly number[])[];
    readonly valueLoss: number;
    readonly headGradient: Readonly<Record<string, readonly number[]>>;
    readonly gradients: Readonly<Record<string, readonly number[]>>;
  }[];
}
const { heads } = readGolden("value") as Golden;

let runtime: Runtime;
beforeAll(async () => {
  runtime = await openInlineRuntime({ threads: 1 });
});
afterAll(() => runtime.close());

const goldenTrees = (wanted: Golden["heads"][number]): LossTree[] =>
  wanted.sequences.map((ids, i) => {
    const count = ids.length - 1;
    const total = wanted.sequences.reduce((sum, { length }) => sum + length - 1, 0);
    return {
      ids: Int32Array.from(ids),
      parents: Int32Array.from(ids, (_, t) => t - 1),
      paths: [
        {
          leaf: count,
          tokens: Int32Array.from({ length: count }, (_, t) => t + 1),
          oldLogprobs: new Float32Array(count),
          advantages: new Float32Array(count),
          weights: new Float32Array(count).fill(1 / total),
          targets: {
            oldValues: Float32Array.from(wanted.oldValues[i] ?? []),
            returns: Float32Array.from(wanted.returns[i] ?? []),
          },
        },
      ],
    };
  });

describe.each(heads)("B-PPO: the value head against PyTorch's, shareTrunk $shareTrunk", (wanted) => {
  it.each([
    ["kept", false],
    ["recomputed", true],
  ])("values, loss and every gradient, blocks %s", async (_, recompute) => {
    const policy = await openHeaded(runtime, { recompute });
    await setHead(policy, wanted.head);
    const trees = goldenTrees(wanted);
    const values = await policy.critic?.values(trees);
    expect(
      relativeError(
        (values ?? []).flatMap((x) => [...x]),
        wanted.values.flat(),
      ),
    ).toBeLessThan(1e-5);
    const { critic } = await policy.accumulate(trees, lossWith(wanted.shareTrunk), 1);
    expect(critic?.loss).toBeCloseTo(wanted.valueLoss, 5);
    expect(
      relativeError(
        (critic?.values ?? []).flatMap((x) => [...x]),
        wanted.values.flat(),
      ),
    ).toBeLessThan(1e-5);
    for (const [name, { data }] of (await policy.valueHead?.state.readGradient()) ?? []) {
      expect(relativeError(data, wanted.headGradient[name] ?? []), name).toBeLessThan(1e-5);
    }
    for (const [name, { data }] of await policy.learner.readGradient()) {
      expect(relativeError(data, wanted.gradients[name] ?? []), name).toBeLessThan(1e-5);
    }
    await policy.dispose();
  });
});

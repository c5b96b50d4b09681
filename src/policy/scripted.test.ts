import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openInlineRuntime } from "../engine/runtime/node.ts";
import type { Runtime } from "../engine/runtime/runtime.ts";
import { describePolicyConformance } from "./conformance.ts";
import { policyGradientLoss } from "./conformance-learning.ts";
import { conformanceTokenBytes } from "./conformance-sampling.ts";
import type { LossTree } from "./policy.ts";
import { scriptedPolicy } from "./scripted.ts";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await openInlineRuntime({ threads: 1 });
});
afterAll(() => runtime.close());

/** Smooth in the token, different after every prefix. */
const logits = (prefix: readonly number[]): number[] =>
  Array.from({ length: 10 }, (_, token) => Math.sin(1 + token + prefix.reduce((sum, id, i) => sum + id * (i + 1), 0)));

describePolicyConformance("scripted", async () =>
  scriptedPolicy({ vocabularySize: 10, logits, runtime, slots: 8, tokenBytes: conformanceTokenBytes }),
);

describe("scriptedPolicy", () => {
  it("samples the script: certain tokens have log-probability 0 and no entropy", async () => {
    const policy = scriptedPolicy({
      vocabularySize: 3,
      logits: (prefix) => [0, 1, 2].map((token) => (token === prefix.length % 3 ? 0 : Number.NEGATIVE_INFINITY)),
    });
    const sampler = policy.openSampler();
    sampler.submit({
      id: "a",
      ids: [0],
      stop: [],
      maxTokens: 4,
      temperature: 1,
      seed: 1,
    });
    expect(await sampler.next()).toEqual([
      {
        id: "a",
        ids: [1, 2, 0, 1],
        logprobs: [0, 0, 0, 0],
        entropies: [0, 0, 0, 0],
        finish: "length",
      },
    ]);
  });

  it("reports the gradient of the logits: norm √(Σ (1 − p)²) for a fair coin is 1/√2 of its weight", async () => {
    const policy = scriptedPolicy({
      vocabularySize: 2,
      logits: () => [0, 0],
      runtime,
    });
    const tree: LossTree = {
      ids: Int32Array.of(0, 1),
      parents: Int32Array.of(-1, 0),
      paths: [
        {
          leaf: 1,
          tokens: Int32Array.of(1),
          oldLogprobs: Float32Array.of(0),
          advantages: Float32Array.of(1),
          weights: Float32Array.of(1),
        },
      ],
    };
    // d(−log p₁)/dz = p − 1₁ = [0.5, −0.5], of norm √0.5.
    await policy.accumulate([tree], policyGradientLoss, 1);
    const step = {
      learningRate: 0,
      beta1: 0.9,
      beta2: 0.99,
      epsilon: 1e-8,
      weightDecay: 0,
      maxGradientNorm: 1,
    };
    expect((await policy.step(step)).gradientNorm).toBeCloseTo(Math.SQRT1_2, 6);
  });

  it("names the length a script should have given", async () => {
    const policy = scriptedPolicy({ vocabularySize: 3, logits: () => [0, 0] });
    await expect(policy.score([{ ids: [0, 1], temperature: 1 }])).rejects.toThrow(
      "the script gave 2 logits for a prefix of 1 tokens\n  expected: 3, one a token of the vocabulary",
    );
  });

  it("cannot learn without a runtime", async () => {
    const policy = scriptedPolicy({ vocabularySize: 2, logits: () => [0, 0] });
    await expect(policy.accumulate([], policyGradientLoss, 1)).rejects.toThrow(
      "a scripted policy without a runtime cannot learn\n  to fix: give it `runtime`",
    );
  });
});

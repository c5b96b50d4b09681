import { afterAll, describe, expect, it } from "vitest";
import { thrownMessage } from "../../test/support/thrown.ts";
import { openInlineRuntime } from "../engine/runtime/node.ts";
import { lossCoefficients } from "../policy/loss-coefficients.ts";
import type { LossPath } from "../policy/policy.ts";
import { Programs } from "../policy/programs.ts";
import { decoupled, importanceWeights } from "./importance-weights.ts";
import { makeAlgorithm } from "./list.ts";
import { algorithmSchema } from "./list.ts";
import type { Minibatch } from "./minibatch.ts";
import { sketchTask } from "./testing/sketch-task.ts";

const floats = (...values: number[]): Float32Array => Float32Array.from(values);

describe("the weights", () => {
  it("are ratios of probabilities, cut at the cap", () => {
    // Probabilities 0.5, 0.2, 0.9, 0.001 now, of tokens drawn with 0.25, 0.4, 0.9, 0.0001: ratios 2, 0.5, 1, 10.
    const now = floats(Math.log(0.5), Math.log(0.2), Math.log(0.9), Math.log(0.001));
    const drawn = floats(Math.log(0.25), Math.log(0.4), Math.log(0.9), Math.log(0.0001));
    for (const [cap, cut] of [
      [100, 10],
      [4, 4],
      [2, 2],
    ] as const) {
      const weights = importanceWeights(now, drawn, cap);
      for (const [t, wanted] of [Math.min(2, cap), 0.5, 1, cut].entries()) expect(weights[t]).toBeCloseTo(wanted, 5);
    }
  });

  it("stay finite where a probability is as good as 0, and are not numbers where it is none", () => {
    expect([...importanceWeights(floats(-Infinity, 0), floats(0, -1e30), 5)]).toEqual([Math.fround(Math.exp(-20)), 5]);
    expect(importanceWeights(floats(Number.NaN), floats(-1), 5)[0]).toBeNaN();
    expect(thrownMessage(() => importanceWeights(floats(-1), floats(-1, -2), 5))).toContain(
      "1 log-probabilities for 2",
    );
  });
});

const algorithm = makeAlgorithm(
  algorithmSchema.parse({ name: "grpo", groupSize: 2, clip: { low: 0.2, high: 0.3 } }),
  sketchTask,
);

/** Three trained tokens; sampled with these, and what the policy said of them when the step began. */
const sampled = floats(-1, -1, -3);
const proximal = floats(-0.6, -1.5, -1);
const advantages = floats(1, 1, -0.5);
const weights = floats(0.5, 0.25, 0.125);
const path: LossPath = { leaf: 3, tokens: Int32Array.of(1, 2, 3), oldLogprobs: sampled, advantages, weights };
const minibatch: Minibatch = {
  groups: [],
  trees: [{ ids: Int32Array.of(9, 1, 2, 3), parents: Int32Array.of(-1, 0, 1, 2), paths: [path] }],
};
const CAP = 2;

describe("the gradient", () => {
  const runtime = openInlineRuntime({ threads: 1 });
  afterAll(async () => (await runtime).close());

  async function coefficients(current: Float32Array): Promise<number[]> {
    const [trained] = decoupled(minibatch, () => proximal, CAP).trees[0]?.paths ?? [];
    if (trained === undefined) throw new Error("a path");
    const scored = { ...trained, logprobs: current, entropies: floats(1, 1, 1) };
    const found = await lossCoefficients(new Programs(await runtime), algorithm.loss, [scored]);
    return [...(found.logprobs[0] ?? [])];
  }

  /** −w · min(ρ, C) · r · A where PPO's clip lets it through, else 0; r against the proximal policy. */
  function wanted(current: Float32Array): number[] {
    return [...current].map((logprob, t) => {
      const rho = Math.min(Math.exp((proximal[t] ?? 0) - (sampled[t] ?? 0)), CAP);
      const ratio = Math.exp(logprob - (proximal[t] ?? 0));
      const advantage = advantages[t] ?? 0;
      const isCut = advantage > 0 ? ratio > 1.3 : ratio < 0.8;
      return isCut ? 0 : -(weights[t] ?? 0) * rho * ratio * advantage;
    });
  }

  it("is at the first update the policy gradient under the policy that sampled, its weights cut", async () => {
    const found = await coefficients(proximal);
    // ρ = e^0.4, e^−0.5, and e² cut to 2.
    const byHand = [-0.5 * Math.exp(0.4), -0.25 * Math.exp(-0.5), 0.125 * 2 * 0.5];
    for (const [t, value] of byHand.entries()) {
      expect(found[t]).toBeCloseTo(value, 5);
      expect(wanted(proximal)[t]).toBeCloseTo(value, 6);
    }
  });

  it("is clipped against the proximal policy, not against the one that sampled", async () => {
    // Ratios to the proximal policy: 1.5 (cut), 1.1, 1.1; to the sampled one 2.24, 0.67, 8.1.
    const current = floats(-0.6 + Math.log(1.5), -1.5 + Math.log(1.1), -1 + Math.log(1.1));
    const found = await coefficients(current);
    expect(found[0]).toBeCloseTo(0, 12);
    for (const [t, value] of wanted(current).entries()) expect(found[t]).toBeCloseTo(value, 5);
  });

  it("changes nothing where both policies are one", () => {
    const same = decoupled(minibatch, () => sampled, CAP);
    expect(same).toEqual(minibatch);
  });
});

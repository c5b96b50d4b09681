/** Conformance of learning: the tree's gradient, accumulation, the optimiser step, saving, snapshots. */
import { expect, it } from "vitest";
import { mul, neg, sum } from "../engine/ops.ts";
import { AepoError } from "../std/errors.ts";
import { PREFIX, request, sampleAll } from "./conformance-sampling.ts";
import type { Loss } from "./loss.ts";
import { memoryStore } from "./blob-store.ts";
import type { LossPath, LossTree, OptimizerReport, OptimizerStep, Policy } from "./policy.ts";

/** −Σ weight · advantage · log π. */
export const policyGradientLoss: Loss = {
  key: "policy-gradient",
  build: ({ logprobs_N, advantages_N, weights_N }) => neg(sum(mul(mul(logprobs_N, advantages_N), weights_N), [0])),
};

export const STEP: OptimizerStep = {
  learningRate: 1e-2,
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  weightDecay: 0,
  maxGradientNorm: 1,
};

/** A path from the root to `leaf` that trains `tokens`. */
export function lossPath(leaf: number, tokens: readonly number[], advantage: number, weight = 0.1): LossPath {
  return {
    leaf,
    tokens: Int32Array.from(tokens),
    oldLogprobs: new Float32Array(tokens.length).fill(-1),
    advantages: new Float32Array(tokens.length).fill(advantage),
    weights: new Float32Array(tokens.length).fill(weight),
  };
}

/** A trunk 0–3 with two forks: 4–6 and 7–8. Token 3 is trained on both paths. */
const FORKED: LossTree = {
  ids: Int32Array.of(1, 2, 3, 4, 5, 6, 7, 6, 5),
  parents: Int32Array.of(-1, 0, 1, 2, 3, 4, 5, 3, 7),
  paths: [lossPath(6, [3, 4, 5, 6], 1), lossPath(8, [3, 7, 8], -0.5)],
};

/** The same two paths with every token of their own. */
const SEPARATE: readonly LossTree[] = [
  {
    ids: Int32Array.of(1, 2, 3, 4, 5, 6, 7),
    parents: Int32Array.of(-1, 0, 1, 2, 3, 4, 5),
    paths: [lossPath(6, [3, 4, 5, 6], 1)],
  },
  {
    ids: Int32Array.of(1, 2, 3, 4, 6, 5),
    parents: Int32Array.of(-1, 0, 1, 2, 3, 4),
    paths: [lossPath(5, [3, 4, 5], -0.5)],
  },
];

const PROBES = [
  { ids: [1, 2, 3, 4, 5, 6, 7], temperature: 1 },
  { ids: [1, 2, 3, 4, 6, 5], temperature: 1 },
];

/** Where the engine says what the norms are. */
function expectSameNorm(a: OptimizerReport, b: OptimizerReport): void {
  if (a.gradientNorm === null || b.gradientNorm === null) return;
  expect(Math.abs(a.gradientNorm - b.gradientNorm)).toBeLessThan(1e-4 * a.gradientNorm);
}

async function probe(policy: Pick<Policy, "score">): Promise<number[]> {
  return (await policy.score(PROBES)).flatMap(({ logprobs, entropies }) => [...logprobs, ...entropies]);
}

export function learningConformance(make: () => Promise<Policy>, step: OptimizerStep): void {
  const withPolicies = async (count: number, use: (...policies: Policy[]) => Promise<void>): Promise<void> => {
    const policies: Policy[] = [];
    for (let i = 0; i < count; i++) policies.push(await make());
    await use(...policies).finally(() => Promise.all(policies.map((policy) => policy.dispose())));
  };

  it("reports the log-probabilities and entropies of the trained tokens, path by path", () =>
    withPolicies(1, async (policy) => {
      const report = await policy.accumulate([FORKED], policyGradientLoss, 1);
      const scores = await policy.score(PROBES);
      expect(report.logprobs.map(({ length }) => length)).toEqual([4, 3]);
      for (const [path, logprobs] of report.logprobs.entries()) {
        const score = scores[path];
        // The first trained token is at position 3, so its score is entry 2.
        for (const [i, logprob] of logprobs.entries()) {
          expect(logprob).toBeCloseTo(score?.logprobs[2 + i] ?? Number.NaN, 4);
          expect(report.entropies[path]?.[i]).toBeCloseTo(score?.entropies[2 + i] ?? Number.NaN, 4);
        }
      }
      const all = report.logprobs.flatMap((logprobs, path) =>
        [...logprobs].map((x) => -0.1 * x * (path === 0 ? 1 : -0.5)),
      );
      const loss = all.reduce((total, x) => total + x, 0);
      expect(report.loss).toBeCloseTo(loss, 4);
    }));

  it("AEPO-L6: training a tree is training its paths one by one", () =>
    withPolicies(2, async (tree, paths) => {
      const temperature = tree.info.logprobTemperature === 1 ? 1 : 0.8;
      const [whole, parts] = [
        await tree.accumulate([FORKED], policyGradientLoss, temperature),
        await paths.accumulate(SEPARATE, policyGradientLoss, temperature),
      ];
      expect(whole.loss).toBeCloseTo(parts.loss, 4);
      const [a, b] = [await tree.step(step), await paths.step(step)];
      if (a.gradientNorm !== null) expect(a.gradientNorm).toBeGreaterThan(0);
      expectSameNorm(a, b);
      const [left, right] = [await probe(tree), await probe(paths)];
      for (const [i, x] of left.entries()) expect(x).toBeCloseTo(right[i] ?? Number.NaN, 3);
    }));

  it("gradients of several calls add up", () =>
    withPolicies(2, async (once, twice) => {
      await once.accumulate(SEPARATE, policyGradientLoss, 1);
      for (const tree of SEPARATE) await twice.accumulate([tree], policyGradientLoss, 1);
      const [a, b] = [await once.step(step), await twice.step(step)];
      expectSameNorm(a, b);
      const [left, right] = [await probe(once), await probe(twice)];
      for (const [i, x] of left.entries()) expect(x).toBeCloseTo(right[i] ?? Number.NaN, 3);
    }));

  it("steps lower the loss, and a step clears the gradient", () =>
    withPolicies(1, async (policy) => {
      const losses: number[] = [];
      for (let i = 0; i < 8; i++) {
        losses.push((await policy.accumulate(SEPARATE.slice(0, 1), policyGradientLoss, 1)).loss);
        await policy.step(step);
      }
      expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) - 0.01);
      expect((await policy.step(step)).gradientNorm).toBe(0);
    }));

  it("a gradient that is not finite skips the step and leaves the weights", () =>
    withPolicies(1, async (policy) => {
      const before = await probe(policy);
      const broken = {
        ...SEPARATE[0],
        paths: [lossPath(6, [3, 4], 1, Number.POSITIVE_INFINITY)],
      } as LossTree;
      await policy.accumulate([broken], policyGradientLoss, 1);
      expect((await policy.step(step)).skipped).toBe(true);
      expect(await probe(policy)).toEqual(before);
      await policy.accumulate([FORKED], policyGradientLoss, 1);
      expect((await policy.step(step)).skipped).toBe(false);
    }));

  it("a fresh policy that loads what was saved goes on bit for bit", () =>
    withPolicies(2, async (policy, fresh) => {
      await policy.accumulate([FORKED], policyGradientLoss, 1);
      await policy.step(step);
      const store = memoryStore();
      await policy.save(store);
      await fresh.load(store);
      for (const one of [policy, fresh]) {
        await one.accumulate([FORKED], policyGradientLoss, 1);
        await one.step(step);
      }
      expect(await probe(fresh)).toEqual(await probe(policy));
    }));

  it("a snapshot and an open sampler keep the weights they were made with", ({ skip }) =>
    withPolicies(1, async (policy) => {
      skip(!policy.info.keepsWeights, "a step of this engine ends its samplers and snapshots");
      const [snapshot, sampler] = [await policy.snapshot(), policy.openSampler()];
      const before = await probe(policy);
      await policy.accumulate([FORKED], policyGradientLoss, 1);
      await policy.step({ ...step, learningRate: 0.1 });
      expect(await probe(snapshot)).toEqual(before);
      expect(await probe(policy)).not.toEqual(before);
      const [sample] = await sampleAll(sampler, [request("a", { maxTokens: 4 })]);
      const [score] = await snapshot.score([{ ids: [...PREFIX, ...(sample?.ids ?? [])], temperature: 1 }]);
      expect(sample?.logprobs[3]).toBeCloseTo(score?.logprobs.at(-1) ?? Number.NaN, 4);
      await sampler.close();
      await snapshot.dispose();
    }));

  it("refuses trees that are not trees and tokens that are not on their path", () =>
    withPolicies(1, async (policy) => {
      const wrong: Partial<LossTree>[] = [
        {
          ids: Int32Array.of(1, 2, 3, 4, 5, 6, 7, 6, policy.info.vocabularySize),
        },
        { ids: Int32Array.of(1) },
        { parents: Int32Array.of(-1, 1, 1, 2, 3, 4, 5, 3, 7) },
        { paths: [lossPath(9, [3], 1)] },
        { paths: [lossPath(8, [4], 1)] },
        { paths: [lossPath(8, [7, 3], 1)] },
        { paths: [lossPath(8, [0], 1)] },
        { paths: [{ ...lossPath(8, [3], 1), weights: new Float32Array(2) }] },
      ];
      for (const changes of wrong) {
        await expect(policy.accumulate([{ ...FORKED, ...changes }], policyGradientLoss, 1)).rejects.toThrow(AepoError);
      }
    }));
}

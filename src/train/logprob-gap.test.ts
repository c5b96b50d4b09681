import { afterAll, beforeAll, expect, it } from "vitest";
import { rejectionMessage, thrownMessage } from "../../test/support/thrown.ts";
import { makeAlgorithm } from "../algorithm/list.ts";
import type { Policy, SampleRequest } from "../policy/policy.ts";
import { systemClock } from "../std/clock.ts";
import { runConfigSchema } from "./config.ts";
import { gapLevels } from "./gap-levels.ts";
import { checkGap, distributionOf, gapWarnings, largestGap } from "./logprob-gap.ts";
import { openPolicy } from "./open.ts";
import type { OpenPolicy } from "./opened-policy.ts";
import { optimizerStep } from "./optimizer.ts";
import { type StepInputs, trainStep } from "./step.ts";
import { makeTask, taskSchema } from "./tasks.ts";

const task = makeTask(taskSchema.parse({ name: "atlas" }));
const config = runConfigSchema.parse({
  algorithm: { name: "grpo", groupSize: 4 },
  policy: { checkpoint: "bundled:atlas" },
  optimizer: { learningRate: 1e-3 },
  train: { steps: 2 },
});

let opened: OpenPolicy;
beforeAll(async () => {
  opened = await openPolicy(config.policy);
});
afterAll(() => opened.close());

function inputs(step: number, policy: Policy): StepInputs {
  const { tokenizer } = opened;
  return {
    task,
    tokenizer,
    policy,
    step,
    algorithm: makeAlgorithm(config.algorithm, task),
    reference: null,
    questionsPerStep: 6,
    question: (index) => task.question("train", index),
    seed: 1,
    temperature: 1,
    entropyDivisor: 1,
    placeBaselines: [],
    optimizer: optimizerStep(config.optimizer, 1e-3),
    gapLevels: gapLevels(config.train.maxLogprobGap, "embedded"),
    overlap: false,
    toolTimeoutMs: 1000,
    clock: systemClock,
    signal: new AbortController().signal,
  };
}

async function weights(): Promise<number[]> {
  return [...((await opened.policy.score([{ ids: [5, 9, 14, 30, 7], temperature: 1 }]))[0]?.logprobs ?? [])];
}

it("a healthy engine stays far below the limit; a sampler with weights of a step ago stops the run before it is updated", async () => {
  const { policy } = opened;
  const old = await policy.snapshot();
  const requests: SampleRequest[] = [];
  const watched: Policy = {
    ...policy,
    openSampler() {
      const sampler = policy.openSampler();
      const submit = sampler.submit.bind(sampler);
      sampler.submit = (request) => {
        requests.push(request);
        submit(request);
      };
      return sampler;
    },
  };
  const healthy = await trainStep(inputs(1, watched));
  expect(healthy.updates).toBeGreaterThan(0);
  expect(healthy.gaps?.max).toBeGreaterThan(0);
  expect(healthy.gaps?.max).toBeLessThan(1e-4);
  expect(healthy.gaps?.p99).toBeLessThan(1e-5);
  expect(healthy.gaps?.tokens).toBeGreaterThan(30);
  expect(healthy.figures.warnings.filter((text) => text.includes("differ"))).toEqual([]);
  // AEPO-H1: training asks for the full distribution.
  expect(requests.filter(({ shaping }) => shaping !== undefined)).toEqual([]);
  expect(requests.length).toBeGreaterThan(20);

  const before = await weights();
  const stale: Policy = { ...policy, openSampler: () => old.openSampler() };
  const message = await rejectionMessage(trainStep(inputs(2, stale)));
  expect(message).toMatch(
    /^step 2: a log-probability is not what it was when its token was sampled\n {2}expected: a gap of at most 0\.001 \(train\.maxLogprobGap\.stop\)\n {2}found: question train\/\d+, path \d+, token \d+ of the policy \(".+"\): sampled -\S+, computed again -\S+\n {2}to fix: /,
  );
  const [sampled, again] = [/sampled (\S+),/, /computed again (\S+)/].map((part) => Number(part.exec(message)?.[1]));
  expect(Math.abs((sampled ?? 0) - (again ?? 0))).toBeGreaterThan(1e-3);
  expect(await weights()).toEqual(before);

  const logged = await trainStep({ ...inputs(2, stale), gapLevels: { warn: null, stop: null } });
  expect(logged.gaps?.max).toBeCloseTo(Math.abs((sampled ?? 0) - (again ?? 0)), 6);
  await old.dispose();
}, 60_000);

const path = (leaf: number, tokens: readonly number[], old: readonly number[]) => ({
  leaf,
  tokens: Int32Array.from(tokens),
  oldLogprobs: Float32Array.from(old),
  advantages: new Float32Array(tokens.length),
  weights: new Float32Array(tokens.length),
});

function gapOf(...recomputed: readonly (readonly number[])[]) {
  const tree = {
    ids: Int32Array.of(9, 4, 5, 6),
    parents: Int32Array.of(-1, 0, 1, 1),
    paths: [path(2, [1, 2], [-1, -2]), path(3, [1, 3], [-1, -4])],
  };
  const group = { tree: { question: { id: "q/7" } }, paths: [{ path: 2 }, { path: 5 }] };
  const minibatch = { trees: [tree], groups: [group] } as unknown as Parameters<typeof largestGap>[0];
  const logprobs = recomputed.map((one) => Float32Array.from(one));
  return largestGap(minibatch, { logprobs });
}

it("names the question, the path, the token and both values", () => {
  const tokenizer = { token: (id: number) => `<${id}>` };
  const found = gapOf([-1, -2.25], [-1, -4.5]);
  expect(thrownMessage(() => checkGap(found, { levels: { warn: null, stop: 0.25 }, step: 3, tokenizer }))).toBe(
    "step 3: a log-probability is not what it was when its token was sampled\n" +
      "  expected: a gap of at most 0.25 (train.maxLogprobGap.stop)\n" +
      '  found: question q/7, path 5, token 1 of the policy ("<6>"): sampled -4, computed again -4.5\n' +
      "  to fix: the engine samples and trains with different numbers, so please report it; train.maxLogprobGap.stop=null goes on and logs the gap",
  );
  for (const stop of [0.5, null]) checkGap(found, { levels: { warn: null, stop }, step: 3, tokenizer });
});

it("a log-probability that is not a number is the largest gap", () => {
  const found = gapOf([-1, Number.NaN], [-9, -4]);
  expect(found).toMatchObject({ gap: Number.NaN, path: 2, token: 1, id: 5 });
  expect(() => checkGap(found, { levels: { warn: null, stop: 1e-3 }, step: 1, tokenizer: opened.tokenizer })).toThrow(
    "computed again NaN",
  );
  expect(gapOf()).toBeNull();
});

it("the distribution: quantiles of the sizes, the mean with its sign", () => {
  const differences = Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? 1 : -1) * (i + 1));
  // −1 a pair: 1 − 2, 3 − 4, …
  expect(distributionOf(differences)).toEqual({ tokens: 200, mean: -0.5, p50: 100, p90: 180, p99: 198, max: 200 });
  expect(distributionOf([0.25])).toEqual({ tokens: 1, mean: 0.25, p50: 0.25, p90: 0.25, p99: 0.25, max: 0.25 });
  expect(distributionOf([1, Number.NaN]).max).toBeNaN();
});

it("warns where the bulk is apart, not where one token is", () => {
  const levels = { warn: 0.01, stop: 1 };
  const figures = { tokens: 1000, mean: 0, p50: 0.001, p90: 0.002, p99: 0.009, max: 0.5 };
  expect(gapWarnings(figures, levels)).toEqual([]);
  expect(gapWarnings(null, levels)).toEqual([]);
  expect(gapWarnings({ ...figures, p99: 0.02 }, { warn: null, stop: 1 })).toEqual([]);
  expect(gapWarnings({ ...figures, p99: 0.02 }, levels)).toEqual([
    "sampling and training differ: one token in a hundred by more than 0.01 (train.maxLogprobGap.warn); median, 99th percentile and largest: 1.0e-3, 2.0e-2, 5.0e-1",
  ]);
});

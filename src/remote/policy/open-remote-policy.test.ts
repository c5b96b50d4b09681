import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rejectionMessage } from "../../../test/support/thrown.ts";
import { PREFIX, request, sampleAll } from "../../policy/conformance-sampling.ts";
import { policyGradientLoss, STEP } from "../../policy/conformance-learning.ts";
import { mul, sum } from "../../engine/ops.ts";
import type { ValueLoss } from "../../policy/critic/value-loss.ts";
import type { Loss } from "../../policy/loss.ts";
import type { TinkerClient } from "../client/tinker-client.ts";
import { changedClient } from "./testing/changed-client.ts";
import { SMALL, type TinyRemote, tinyRemote } from "./testing/tiny-remote.ts";
import { known, probe, train, tree } from "./testing/tiny-training.ts";

let remote: TinyRemote;
let client: TinkerClient;
/** As of a server that overwrites the weights in training when an older sampler is asked. */
let unkept: TinkerClient;
beforeAll(async () => {
  remote = await tinyRemote();
  client = await remote.connect();
  unkept = await remote.connect({}, { samplersApart: false });
});
afterAll(() => remote.close());

describe("a policy on a server", () => {
  it("says what it is and what it cannot do", async () => {
    const policy = await remote.open(client, known);
    expect(policy.info).toEqual({
      description: `tiny/qwen3 with adapters of rank 4, on ${client.baseUrl}`,
      vocabularySize: 17,
      maxSequenceTokens: 64,
      entropy: "surprisal",
      logprobTemperature: 1,
      shaping: false,
      topLogprobs: 0,
      countsReuse: false,
      keepsWeights: true,
    });
    const bonus: Loss = { key: "bonus", build: ({ entropies_N, weights_N }) => sum(mul(entropies_N, weights_N), [0]) };
    await expect(policy.accumulate([tree], bonus, 1)).rejects.toThrow("cannot train an entropy bonus");
    const value = { ...policyGradientLoss, value: { key: "value" } as ValueLoss };
    await expect(policy.accumulate([tree], value, 1)).rejects.toThrow("cannot train a value head (B-PPO)");
    // Nothing of it was kept.
    expect(await policy.step(STEP)).toEqual({ gradientNorm: 0, skipped: true });
    await expect(policy.accumulate([tree], policyGradientLoss, 0.7)).rejects.toThrow(
      "train at temperature 1, not at 0.7",
    );
    await policy.dispose();
  });

  it("AEPO-H4: entropies are those of the likeliest tokens where the server offers them, and say how much they lump", async () => {
    const policy = await remote.open(client, { reduction: "sum" });
    expect([policy.info.entropy, policy.info.topLogprobs]).toEqual(["topK", 17]);
    const sampler = policy.openSampler();
    expect(sampler.ledger.lumped).toBeNull();
    const [sample] = await sampleAll(sampler, [request("a", { maxTokens: 5, topLogprobs: 2 })]);
    // K is the whole vocabulary here, so the estimate is exact: what the base itself says, which a new adapter leaves as it is.
    const [exact] = await remote.tiny.base.bare.score([{ ids: [...PREFIX, ...(sample?.ids ?? [])], temperature: 1 }]);
    for (const [i, entropy] of (sample?.entropies ?? []).entries()) {
      expect(entropy).toBeCloseTo(exact?.entropies[PREFIX.length - 1 + i] ?? Number.NaN, 4);
    }
    expect(sample?.top?.map((at) => at.length)).toEqual([2, 2, 2, 2, 2]);
    expect(sampler.ledger.lumped).toBeLessThan(1e-5);
    await sampler.close();
    await policy.dispose();
  });

  it("a sampler of one phase is saved once, and again when the weights are others", async () => {
    let saves = 0;
    const counting = changedClient(client, { onSave: () => void saves++ });
    const policy = await remote.open(counting, known);
    const [first, second] = [policy.openSampler(), policy.openSampler()];
    const [a, b] = await Promise.all([sampleAll(first, [request("a")]), sampleAll(second, [request("a")])]);
    expect([a, saves]).toEqual([b, 1]);
    await train(policy);
    const third = policy.openSampler();
    await sampleAll(third, [request("a")]);
    expect(saves).toBe(2);
    for (const sampler of [first, second, third]) await sampler.close();
    await policy.dispose();
  });

  it("keeps no trained weights where the server would not: says so, and what it can keep", async () => {
    const policy = await remote.open(unkept, { ...known, samplersApart: false });
    const [before, base] = [await probe(policy), await policy.snapshot()];
    const sampler = policy.openSampler();
    await sampleAll(sampler, [request("a", { maxTokens: 2 })]);
    await train(policy);
    // The base model is what the policy was, and is not touched by asking it.
    const trained = await probe(policy);
    for (const [i, logprob] of (await probe(base)).entries()) expect(logprob).toBeCloseTo(before[i] ?? 0, 5);
    expect(await probe(policy)).toEqual(trained);
    expect(trained).not.toEqual(before);
    expect(await rejectionMessage(policy.snapshot())).toBe(
      `this server cannot keep a copy of weights that were trained while training goes on
  expected: a snapshot before the first step (that is the base model), or a server that keeps samplers apart
  to fix: if the server does (hosted, aepo serve --protocol tinker), say so: policy.samplersApart: true`,
    );
    sampler.submit(request("late", { maxTokens: 2 }));
    await expect(sampler.next()).rejects.toMatchObject({ reason: "stale" });
    await sampler.close();
    await base.dispose();
    await policy.dispose();
  });

  it("is told of a server that has no such model or no likeliest tokens", async () => {
    expect(await rejectionMessage(remote.open(client, { ...known, baseModel: "other/model" }))).toContain(
      "other/model",
    );
    const limits = { vocabularySize: SMALL.vocab_size, maxSequenceTokens: SMALL.max_position_embeddings };
    const silent = changedClient(client, { sample: (sample) => ({ ...sample, topPromptLogprobs: null }) });
    const asked = remote.open(silent, { reduction: "sum", entropy: "topK", limits });
    expect(
      await rejectionMessage(asked),
    ).toBe(`policy.entropy: topK, and the server does not report the likeliest tokens
  found: an answer without them
  to fix: set policy.entropy to surprisal (enough to decide where to branch; the entropy-aware advantage needs more: set algorithm.advantage.entropyWeight to 0)`);
    const policy = await remote.open(silent, { reduction: "sum" });
    expect(policy.info.entropy).toBe("surprisal");
    await policy.dispose();
  });
});

import { describe, expect, it } from "vitest";
import { conformanceTokenBytes } from "../../../policy/conformance-sampling.ts";
import type { SampleRequest } from "../../../policy/policy.ts";
import type { SampledSequence } from "../../../protocol/in-memory.ts";
import { TinkerFailure } from "../../client/failure.ts";
import type { RemoteSample, RemoteSampler, RemoteSampleRequest } from "../../client/tinker-client.ts";
import { continuation, type ContinuationOptions } from "./continuation.ts";

type Answer = Partial<RemoteSample> | Error;

/** A sampler that gives these answers in turn, and what it was asked. */
function answering(...answers: readonly Answer[]) {
  const asked: RemoteSampleRequest[] = [];
  const sampler: Pick<RemoteSampler, "sample"> = {
    async sample(request) {
      const answer = answers[asked.length] ?? new Error(`no answer ${asked.length}`);
      asked.push(request);
      if (answer instanceof Error) throw answer;
      const nothing = { sequences: [], promptLogprobs: null, topPromptLogprobs: null, cachedPromptTokens: null };
      return { ...nothing, ...answer };
    },
  };
  return { sampler, asked };
}

function wrote(tokens: readonly number[], stopReason: SampledSequence["stopReason"] = "length"): Partial<RemoteSample> {
  return { sequences: [{ tokens, logprobs: tokens.map((id) => -id / 10), stopReason }] };
}

const request: SampleRequest = { id: "a", ids: [1, 2], stop: [[9]], maxTokens: 5, temperature: 1, seed: 3 };
const options: ContinuationOptions = {
  limits: { vocabularySize: 12, maxSequenceTokens: 64 },
  tokenBytes: conformanceTokenBytes,
  maxTokens: "powersOfTwo",
  topK: null,
  signal: new AbortController().signal,
};

describe("a continuation by a server", () => {
  it("is cut where its stop or its tokens end, and reports surprisal as entropy (AEPO-H4)", async () => {
    const { sampler, asked } = answering(wrote([3, 9, 4, 4]));
    const { sample } = await continuation(sampler, request, options);
    expect(sample).toEqual({
      id: "a",
      ids: [3, 9],
      logprobs: [-0.3, -0.9],
      entropies: [0.3, 0.9],
      finish: "stop",
      stopped: { ids: [9] },
    });
    expect(asked.map(({ params }) => [params.maxTokens, params.stop, params.temperature])).toEqual([[16, [9], 1]]);
    const long = await continuation(answering(wrote([3, 3, 3, 3, 3, 3, 9])).sampler, request, options);
    expect([long.sample.ids, long.sample.finish, long.sample.stopped]).toEqual([[3, 3, 3, 3, 3], "length", undefined]);
  });

  it("goes on where the server stopped unasked, behind what it wrote and with another seed", async () => {
    const { sampler, asked } = answering(wrote([3], "stop"), wrote([4], "stop"), wrote([5, 5, 5]));
    const { sample } = await continuation(sampler, request, options);
    expect([sample.ids, sample.finish]).toEqual([[3, 4, 5, 5, 5], "length"]);
    expect(asked.map(({ prompt }) => prompt)).toEqual([
      [1, 2],
      [1, 2, 3],
      [1, 2, 3, 4],
    ]);
    expect(new Set(asked.map(({ params }) => params.seed)).size).toBe(3);
  });

  it("takes a server at its word that ends a text again and again", async () => {
    const { sampler, asked } = answering(...Array.from({ length: 100 }, () => wrote([4], "stop")));
    const { sample } = await continuation(sampler, { ...request, maxTokens: 50 }, options);
    expect([asked.length, sample.ids.length, sample.finish, sample.stopped]).toEqual([16, 16, "length", undefined]);
  });

  it("AEPO-H4: entropies of the likeliest tokens are asked for with what was drawn as the prompt", async () => {
    const half = [
      { id: 3, logprob: Math.log(0.5) },
      { id: 4, logprob: Math.log(0.25) },
    ];
    const { sampler, asked } = answering(wrote([3, 9]), { topPromptLogprobs: [null, half, half, half] });
    const found = await continuation(sampler, { ...request, topLogprobs: 1 }, { ...options, topK: 2 });
    expect(asked[1]).toMatchObject({ prompt: [1, 2, 3, 9], topPromptLogprobs: 2, params: { maxTokens: 1 } });
    expect(found.sample.entropies.map((h) => h / Math.LN2)).toEqual([expect.closeTo(1.5, 6), expect.closeTo(1.5, 6)]);
    expect(found.lumped).toBeCloseTo(0.5, 6);
    expect(found.sample.top).toEqual([[half[0]], [half[0]]]);
    const none = await continuation(answering(wrote([3, 9]), {}).sampler, request, { ...options, topK: 2 });
    expect(none.sample).toMatchObject({
      finish: "failed",
      failure: "the server reports no likeliest tokens of this prompt",
    });
  });

  it("nonsense of a server costs the path and reaches nobody", async () => {
    const cases: readonly (readonly [Partial<RemoteSample>, string])[] = [
      [{}, "the server sampled nothing"],
      [wrote([]), "the server sampled nothing"],
      [wrote([3, 12]), "the server sampled token 12\n  expected: 0 to 11"],
      [wrote([-1]), "the server sampled token -1"],
      [{ sequences: [{ tokens: [3, 4], logprobs: [-1], stopReason: "stop" }] }, "2 tokens with 1 log-probabilities"],
      [{ sequences: [{ tokens: [3], logprobs: [Number.NaN], stopReason: "stop" }] }, "a token of log-probability NaN"],
      [{ sequences: [{ tokens: [3], logprobs: [0.5], stopReason: "stop" }] }, "a token of log-probability 0.5"],
    ];
    for (const [answer, message] of cases) {
      const { sample } = await continuation(answering(answer).sampler, request, options);
      expect(sample).toMatchObject({ id: "a", ids: [], logprobs: [], entropies: [], finish: "failed" });
      expect(sample.failure).toContain(message);
    }
  });

  it("a failure of the request costs its path, one of the server or the model is everybody's", async () => {
    for (const reason of ["invalid", "failed", "lost", "late"] as const) {
      const { sampler } = answering(new TinkerFailure("out of memory", { reason }));
      const { sample } = await continuation(sampler, request, options);
      expect([sample.finish, sample.failure]).toEqual(["failed", "out of memory"]);
    }
    for (const reason of ["stale", "expired", "model-lost", "unreachable", "unauthorized", "closed"] as const) {
      const { sampler } = answering(new TinkerFailure("gone", { reason }));
      await expect(continuation(sampler, request, options)).rejects.toThrow("gone");
    }
    await expect(continuation(answering(new TypeError("a bug")).sampler, request, options)).rejects.toThrow("a bug");
    const signal = AbortSignal.abort(new Error("stopped"));
    const stopped = answering(new TinkerFailure("stopped", { reason: "failed" }));
    await expect(continuation(stopped.sampler, request, { ...options, signal })).rejects.toThrow("stopped");
  });
});

/** Samplers: how many requests run, what one failure costs, which weights may be sampled, what is refused before it is sent. */
import { describe, expect, it } from "vitest";
import type { RemoteSampler, RemoteSampleRequest } from "../tinker-client.ts";
import { detail } from "../testing/played-server.ts";
import { ADAM, BASE_MODEL, datums, LIMITS, times, withClient, withModel } from "../testing/with-client.ts";

const REQUEST: RemoteSampleRequest = {
  prompt: [1, 2, 3],
  count: 2,
  params: { maxTokens: 4, temperature: 1, stop: [], seed: 7 },
};

const sampleMany = (sampler: RemoteSampler, count: number): Promise<PromiseSettledResult<unknown>[]> =>
  Promise.allSettled(Array.from({ length: count }, (_, i) => sampler.sample({ ...REQUEST, prompt: [i] })));

describe("many samples", () => {
  it("sends ids and says everything that a server would otherwise choose", async () => {
    const { server, model } = await withModel();
    const sampler = await model.saveForSampler();
    const { sequences, promptLogprobs } = await sampler.sample(REQUEST);
    expect(sequences).toEqual(
      times(2, { tokens: [1, 1, 1, 1], logprobs: [-0.5, -0.5, -0.5, -0.5], stopReason: "length" }),
    );
    expect(promptLogprobs).toBeNull();
    expect(server.of("asample")[0]?.headers["x-tinker-sampling-backpressure"]).toBe("1");
    expect(server.of("asample")[0]?.body).toEqual({
      type: "sample",
      num_samples: 2,
      prompt: { chunks: [{ type: "encoded_text", tokens: [1, 2, 3] }] },
      sampling_params: { max_tokens: 4, seed: 7, stop: [], temperature: 1, top_k: -1, top_p: 1 },
      sampling_session_id: sampler.id,
      seq_id: 1,
      prompt_logprobs: false,
      topk_prompt_logprobs: 0,
    });
  });

  it("as many are on the server as allowed, the others wait here", async () => {
    const { server, client, model } = await withModel({ concurrentSamples: 3 });
    const sampler = await model.saveForSampler();
    const open: (() => number)[] = [];
    let most = 0;
    server.fault = ({ endpoint }) => {
      const { samplesRunning, samplesWaiting } = client.ledger;
      most = Math.max(most, samplesRunning);
      if (endpoint === "asample" && open.length === 0) open.push(() => samplesWaiting);
      return undefined;
    };
    const results = await sampleMany(sampler, 20);
    expect(results.every(({ status }) => status === "fulfilled")).toBe(true);
    expect(most).toBe(3);
    expect(open[0]?.()).toBe(17);
    expect(client.ledger).toMatchObject({ samplesRunning: 0, samplesWaiting: 0 });
  });

  it("the failure of one is its own", async () => {
    const { server, model } = await withModel();
    const sampler = await model.saveForSampler();
    server.fault = ({ endpoint, raw }) =>
      endpoint === "asample" && raw.toString().includes('"tokens":[5]') ? detail(400, "no such prompt") : undefined;
    const results = await sampleMany(sampler, 8);
    expect(results.flatMap(({ status }, i) => (status === "rejected" ? [i] : []))).toEqual([5]);
    expect(results[5]).toMatchObject({ reason: { reason: "invalid" } });
  });

  it("429 keeps further samples back for as long as the server says", async () => {
    const { server, model } = await withModel({ concurrentSamples: 2 });
    const sampler = await model.saveForSampler();
    const times: number[] = [];
    server.fault = ({ endpoint, nth }) => {
      if (endpoint === "asample") times.push(performance.now());
      return endpoint === "asample" && nth === 0
        ? { ...detail(429, "slower"), headers: { "retry-after": "0.4" } }
        : undefined;
    };
    expect((await sampleMany(sampler, 6)).every(({ status }) => status === "fulfilled")).toBe(true);
    // Two were on their way; the third came after the pause.
    expect((times[2] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(390);
  });

  it("425 waits for the checkpoint; a lost answer is asked for again", async () => {
    const { server, model } = await withModel();
    const sampler = await model.saveForSampler();
    server.fault = ({ endpoint, nth }) => {
      if (endpoint !== "asample") return undefined;
      return nth < 2 ? detail(425, "Checkpoint is still being created") : nth < 4 ? "lose" : undefined;
    };
    await sampler.sample(REQUEST);
    expect(server.of("asample")).toHaveLength(5);
  });

  it("a signal ends one sample, on the server or in the queue", async () => {
    const { server, model } = await withModel({ concurrentSamples: 1 });
    const sampler = await model.saveForSampler();
    server.fault = ({ endpoint }) => (endpoint === "retrieve_future" ? "hang" : undefined);
    const abort = new AbortController();
    const stopped = Promise.allSettled([1, 2].map(() => sampler.sample(REQUEST, { signal: abort.signal })));
    const third = sampler.sample(REQUEST);
    setTimeout(() => abort.abort(new Error("enough")), 50);
    expect((await stopped).map((result) => (result as PromiseRejectedResult).reason.message)).toEqual([
      "enough",
      "enough",
    ]);
    server.fault = () => undefined;
    await third;
    expect(server.of("asample")).toHaveLength(2);
  });
});

describe("numbers of sample requests", () => {
  const numbers = async (title: string): Promise<unknown[]> => {
    const { server, model } = await withModel({}, { title });
    const sampler = await model.saveForSampler();
    for (const tree of ["a", "a", "b", undefined, "a"])
      await sampler.sample(REQUEST, tree === undefined ? {} : { tree });
    return server.of("asample").map(({ body }) => body["seq_id"]);
  };

  it("one a tree where the server routes by it", async () => {
    expect(await numbers("Tinker API Mock")).toEqual([1, 1, 2, 3, 1]);
  });

  it("one a request elsewhere: a number that was used is a repeated request there", async () => {
    expect(await numbers("another service")).toEqual([1, 2, 3, 4, 5]);
  });
});

describe("old weights", () => {
  it("a sampler is stale when its model has been trained since; a fresh one has a name of its own", async () => {
    const { server, model } = await withModel();
    const sampler = await model.saveForSampler();
    await model.optimStep(ADAM);
    await expect(sampler.sample(REQUEST)).rejects.toMatchObject({
      reason: "stale",
      message: expect.stringContaining(`sampler ${sampler.id} is older than its model ${model.id}`),
    });
    const fresh = await model.saveForSampler();
    await fresh.sample(REQUEST);
    const pairs = server
      .of("save_weights_for_sampler")
      .map(({ body }) => [body["sampling_session_seq_id"], body["seq_id"]]);
    expect(pairs).toEqual([
      [0, 1],
      [1, 3],
    ]);
  });

  it("a path is as old as its save, in either spelling", async () => {
    const { client, model } = await withModel();
    await model.saveForSampler({ name: "phase-1" });
    const reopened = await client.createSampler({
      path: `tinker://${model.id}/sampler_weights/phase-1`,
      limits: LIMITS,
    });
    await reopened.sample(REQUEST);
    await model.optimStep(ADAM);
    await expect(reopened.sample(REQUEST)).rejects.toMatchObject({ reason: "stale" });
  });

  it("are sampled where the caller knows that the server keeps them apart; the base model always", async () => {
    const apart = await withModel({ samplersApart: true });
    const old = await apart.model.saveForSampler();
    await apart.model.optimStep(ADAM);
    await old.sample(REQUEST);
    const base = await apart.client.createSampler({ baseModel: BASE_MODEL, limits: LIMITS });
    await base.sample(REQUEST);
    expect(apart.server.of("create_sampling_session")[0]?.body).toMatchObject({ base_model: BASE_MODEL });
  });

  it("a step waits for the samples that are open, and for no other model's", async () => {
    const { server, model } = await withModel();
    const sampler = await model.saveForSampler();
    let held = true;
    server.fault = ({ endpoint, body }) =>
      held && endpoint === "retrieve_future" && body["request_id"] === "3" ? detail(408, "not yet") : undefined;
    const sample = sampler.sample(REQUEST);
    const step = model.optimStep(ADAM);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(server.of("optim_step")).toHaveLength(0);
    held = false;
    await Promise.all([sample, step]);
    expect(server.of("optim_step")).toHaveLength(1);
  });
});

describe("refused before it is sent", () => {
  it.each<[string, Partial<RemoteSampleRequest>]>([
    ["asample: prompt has no tokens\n  expected: at least one", { prompt: [] }],
    ["asample: num_samples is 0\n  expected: an integer of at least 1", { count: 0 }],
    [
      "asample: prompt: token 1 is 259\n  expected: an integer from 0 to 258, the vocabulary of the model",
      { prompt: [1, 259] },
    ],
    [
      "asample: a prompt of 3 tokens and max_tokens 62 do not fit\n  expected: together at most 64, the longest sequence of the model",
      { params: { ...REQUEST.params, maxTokens: 62 } },
    ],
    [
      "asample: seed is 2147483647, for 2 sequences\n  expected: an integer from -2147483648 to 2147483646: sequence i is drawn with seed + i, in 32 bits",
      { params: { ...REQUEST.params, seed: 2 ** 31 - 1 } },
    ],
  ])("%s", async (message, change) => {
    const { server, client } = await withClient();
    const sampler = await client.createSampler({ baseModel: BASE_MODEL, limits: LIMITS });
    await expect(sampler.sample({ ...REQUEST, ...change })).rejects.toMatchObject({ reason: "invalid", message });
    expect(server.of("asample")).toHaveLength(0);
  });
});

describe("seeds of one prompt", () => {
  const ask = (sampler: RemoteSampler, seed: number, prompt = [1, 2, 3], temperature = 1): Promise<unknown> =>
    sampler.sample({ ...REQUEST, prompt, params: { ...REQUEST.params, seed, temperature } });

  it("that overlap would give the same sequence twice, and are refused", async () => {
    const { model } = await withModel();
    const sampler = await model.saveForSampler();
    const first = ask(sampler, 100);
    await expect(ask(sampler, 101)).rejects.toMatchObject({
      reason: "invalid",
      message: [
        "asample: seed 101 for 2 sequences overlaps with seed 100 for 2 of an open request of the same prompt",
        "expected: seeds that are at least num_samples apart: sequence i is drawn with seed + i",
      ].join("\n  "),
    });
    await Promise.all([
      first,
      ask(sampler, 102),
      ask(sampler, 98),
      ask(sampler, 101, [1, 2]),
      ask(sampler, 101, [1, 2, 3], 0),
    ]);
    await ask(sampler, 101);
  });

  it("that are the same ask for the same again", async () => {
    const { model } = await withModel();
    const sampler = await model.saveForSampler();
    await Promise.all([ask(sampler, 100), ask(sampler, 100)]);
  });
});

describe("answers that are no samples", () => {
  it.each<[string, object]>([
    [
      "2 sequences were asked for and 1 came back",
      { sequences: [{ stop_reason: "stop", tokens: [1], logprobs: [-1] }] },
    ],
    [
      "the log-probability of a token is no number: the weights may not be finite any more",
      { sequences: times(2, { stop_reason: "length", tokens: [0], logprobs: [null] }) },
    ],
    [
      "token 300 came back, the vocabulary has 259",
      { sequences: times(2, { stop_reason: "length", tokens: [300], logprobs: [-1] }) },
    ],
    [
      "a sequence has 5 tokens, max_tokens was 4",
      { sequences: times(2, { stop_reason: "length", tokens: [1, 1, 1, 1, 1], logprobs: [-1, -1, -1, -1, -1] }) },
    ],
  ])("%s", async (message, body) => {
    const { server, model } = await withModel();
    const sampler = await model.saveForSampler();
    server.result = ({ endpoint }) => (endpoint === "asample" ? { status: 200, body } : undefined);
    await expect(sampler.sample(REQUEST)).rejects.toThrow(`asample: ${message}`);
  });

  it("prompt log-probabilities are as long as the prompt, whether the server counts the first or not", async () => {
    const { server, model } = await withModel();
    const sampler = await model.saveForSampler();
    const sequences = times(2, { stop_reason: "length", tokens: [1], logprobs: [-1] });
    for (const prompt_logprobs of [
      [-1, -2],
      [null, -1, -2],
    ]) {
      server.result = ({ endpoint }) =>
        endpoint === "asample" ? { status: 200, body: { sequences, prompt_logprobs } } : undefined;
      expect((await sampler.sample({ ...REQUEST, promptLogprobs: true })).promptLogprobs).toEqual([null, -1, -2]);
    }
    await model.forward(datums(1));
  });
});

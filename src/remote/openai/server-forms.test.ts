/** Forms and habits of other servers, as their sources document them: what is asked, what is read, what a failure costs. */
import { afterEach, describe, expect, it } from "vitest";
import {
  type ApiAnswer,
  type ApiRequest,
  fails,
  type ScriptedApi,
  scriptedApi,
} from "../../eval/testing/scripted-api.ts";
import { conformanceTokenBytes, request } from "../../policy/conformance-sampling.ts";
import type { FrozenPolicy, Sample, SampleRequest } from "../../policy/policy.ts";
import type { ServerAbilities } from "./abilities.ts";
import { OpenAiApi } from "./api.ts";
import { probeServer } from "./probe.ts";
import { findServerModel } from "./server-model.ts";
import { tokenPolicy, type TokenPolicyOptions } from "./token-policy.ts";

const { signal } = new AbortController();
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

type Answers = (request: ApiRequest, number: number) => ApiAnswer;

async function serverOf(answer: Answers, retries = 0): Promise<{ server: ScriptedApi; api: OpenAiApi }> {
  const server = await scriptedApi(answer);
  const api = new OpenAiApi({
    url: server.url,
    apiKey: null,
    concurrency: 4,
    timeoutMs: 5000,
    retries,
    firstRetryMs: 1,
  });
  open.push(api, server);
  return { server, api };
}

const VLLM: ServerAbilities = {
  name: "m",
  kind: "vllm",
  maxSequenceTokens: 64,
  ids: "return_token_ids",
  leastLogprobs: 0,
  scores: "prompt_logprobs",
  several: true,
  seeds: true,
  refusals: [],
};

function policyOf(api: OpenAiApi, changes: Partial<TokenPolicyOptions> = {}): FrozenPolicy {
  const sizes = { vocabularySize: 17, maxSequenceTokens: 64, tokenBytes: conformanceTokenBytes };
  return tokenPolicy({ api, abilities: VLLM, ...sizes, mostFailures: 3, ...changes });
}

async function sampled(policy: FrozenPolicy, changes: Partial<SampleRequest> = {}): Promise<Sample | undefined> {
  const sampler = policy.openSampler();
  sampler.submit(request("a", changes));
  try {
    return (await sampler.next())[0];
  } finally {
    await sampler.close();
  }
}

const drawn = (ids: readonly number[], more: object = {}): object => ({
  choices: [
    {
      index: 0,
      token_ids: ids,
      logprobs: { tokens: [], token_logprobs: ids.map(() => -0.5) },
      finish_reason: "length",
      ...more,
    },
  ],
});

describe("what a server is asked", () => {
  it("says everything that has a default, and options by their names", async () => {
    const { server, api } = await serverOf(() => drawn([1, 2, 3]));
    const policy = policyOf(api, { adapter: "a1", cacheSalt: "mine", sessionHeader: "X-Session-ID" });
    await sampled(policy, { maxTokens: 3, stop: [[9], [4, 5]], stopTexts: ["no"], tree: "t", seed: 2 ** 45 });
    expect(server.requests[0]).toMatchObject({ path: "/v1/completions", authorization: undefined });
    expect(server.requests[0]?.body).toEqual({
      model: "a1",
      cache_salt: "mine",
      prompt: [1, 2, 3, 4, 5],
      max_tokens: 3,
      n: 1,
      temperature: 1,
      top_p: 1,
      top_k: -1,
      min_p: 0,
      repetition_penalty: 1,
      seed: 2 ** 45,
      stop: ["no"],
      stop_token_ids: [9],
      ignore_eos: true,
      include_stop_str_in_output: true,
      skip_special_tokens: false,
      logprobs: 0,
      return_token_ids: true,
      return_tokens_as_token_ids: true,
    });
  });
});

describe("where a continuation ends", () => {
  it("is found here: a server that writes on is cut, one that stops early is asked to go on", async () => {
    const { api } = await serverOf(() => drawn([1, 2, 9, 4, 5]));
    expect(await sampled(policyOf(api), { stop: [[2, 9]] })).toMatchObject({
      ids: [1, 2, 9],
      finish: "stop",
      stopped: { ids: [2, 9] },
    });
    const { server, api: early } = await serverOf((_, number) =>
      drawn(number === 0 ? [1, 2] : [3, 4, 5], { finish_reason: "stop" }),
    );
    expect(await sampled(policyOf(early), { maxTokens: 5 })).toMatchObject({ ids: [1, 2, 3, 4, 5], finish: "length" });
    expect(server.requests.map(({ body }) => [body.prompt.length, body.max_tokens])).toEqual([
      [5, 5],
      [7, 3],
    ]);
    expect(server.requests[1]?.body.seed).not.toBe(server.requests[0]?.body.seed);
  });

  it("a stop token that the server tells and leaves out is put back, its log-probability unknown", async () => {
    const { api } = await serverOf(() => drawn([1, 2], { finish_reason: "stop", stop_reason: 9 }));
    const sample = await sampled(policyOf(api), { stop: [[9]] });
    expect([sample?.ids, sample?.logprobs, sample?.finish]).toEqual([[1, 2, 9], [-0.5, -0.5, Number.NaN], "stop"]);
  });
});

describe("a failure", () => {
  it("that may pass is tried again: 429, 500, a connection that breaks", async () => {
    const answers: ApiAnswer[] = [fails(429), fails(503), (response) => void response.destroy()];
    const { server, api } = await serverOf((_, number) => answers[number] ?? drawn([1]), 3);
    expect(await sampled(policyOf(api), { maxTokens: 1 })).toMatchObject({ ids: [1] });
    expect(server.requests).toHaveLength(4);
  });

  it.each<[string, Answers, string]>([
    ["400", () => fails(400), "/v1/completions: the server answered 400 broken"],
    ["500 again and again", () => fails(500), "/v1/completions: the server answered 500 broken"],
    ["no completion", () => ({ choices: [] }), "the server's reply is no completion"],
    ["no token ids", () => ({ choices: [{ index: 0, text: "x" }] }), "the server's reply has no token ids"],
    ["half of JSON", () => (response) => void response.end('{"choices": [{'), "no completion"],
    ["nothing", () => drawn([]), "the server wrote nothing and stopped"],
    ["a token of another model", () => drawn([40_000]), "the server wrote token 40000; the vocabulary here has 17"],
  ])("for good costs one path and says why: %s", async (_, answer, why) => {
    const { api } = await serverOf(answer);
    const sample = await sampled(policyOf(api));
    expect(sample).toMatchObject({ ids: [], finish: "failed", failure: expect.stringContaining(why) as string });
  });

  it("of all is the end: a refused key at once, a server that fails after a few", async () => {
    const { api } = await serverOf(() => fails(401));
    await expect(sampled(policyOf(api))).rejects.toThrow(
      /refused the key: 401 broken\n  to fix: put the server's key into .*AEPO_API_KEY/,
    );
    const { api: broken } = await serverOf(() => fails(500));
    const policy = policyOf(broken);
    for (let i = 0; i < 2; i++) expect(await sampled(policy)).toMatchObject({ finish: "failed" });
    await expect(sampled(policy)).rejects.toThrow("3 requests in a row have failed");
  });
});

/** SGLang without `return_token_ids`: /v1/completions gives texts, /generate token ids. */
const sglang: Answers = ({ path, body }) => {
  if (path === "/v1/models") return { data: [{ id: "m", owned_by: "sglang", max_model_len: 64 }] };
  if (path === "/v1/completions")
    return { choices: [{ index: 0, text: "x", logprobs: null, finish_reason: "length" }] };
  const { max_new_tokens: count, sampling_seed: seed } = body.sampling_params;
  const ids = Array.from({ length: count }, (_, i) => (i + seed) % 17);
  const info = {
    output_token_logprobs: ids.map((id) => [-0.25, id, null]),
    cached_tokens: 3,
    finish_reason: { type: "length" },
  };
  const scored = body.input_ids.map((id: number, i: number) => [i === 0 ? null : -i, id, null]);
  return {
    text: "",
    output_ids: ids,
    meta_info: { ...info, ...("logprob_start_len" in body ? { input_token_logprobs: scored } : {}) },
  };
};

describe("what a server offers is found out", () => {
  it("SGLang of before return_token_ids is asked by its own interface", async () => {
    const { server, api } = await serverOf(sglang);
    const abilities = await probeServer(api, await findServerModel(api, { name: null, kind: null }, signal), signal);
    expect(abilities).toMatchObject({
      kind: "sglang",
      ids: "generate",
      scores: "generate",
      several: false,
      seeds: true,
    });
    const policy = policyOf(api, { abilities, adapter: "a1" });
    expect(await sampled(policy, { seed: 3, maxTokens: 4 })).toMatchObject({
      ids: [3, 4, 5, 6],
      logprobs: [-0.25, -0.25, -0.25, -0.25],
    });
    expect(server.requests.at(-1)).toMatchObject({
      path: "/generate",
      body: { lora_path: "a1", sampling_params: { no_stop_trim: true } },
    });
    const [score] = await policy.score([{ ids: [5, 6, 7], temperature: 1 }]);
    expect([...(score?.logprobs ?? [])]).toEqual([-1, -2]);
    await expect(policy.score([{ ids: [5, 6], temperature: 0.5 }])).rejects.toThrow(
      "1, at which servers score a prompt",
    );
  });

  it("tokens that are named by their ids, log-probabilities for 1 only, echo, no seeds", async () => {
    let draws = 0;
    const { api } = await serverOf(({ path, body }) => {
      if (path === "/v1/models") return { data: [{ id: "m", owned_by: "vllm" }] };
      const named = Array.from({ length: body.max_tokens }, () => draws++ % 17);
      const ids: number[] = body.echo === true ? [...body.prompt, ...named] : named;
      const tokens = ids.map((id) => `token_id:${id}`);
      const told = body.logprobs >= 1 ? ids.map((_, i) => (body.echo === true && i === 0 ? null : -1)) : [];
      return { choices: [{ index: 0, text: "", logprobs: { tokens, token_logprobs: told } }] };
    });
    const abilities = await probeServer(api, await findServerModel(api, { name: "m", kind: null }, signal), signal);
    expect(abilities).toMatchObject({
      ids: "token_id names",
      leastLogprobs: 1,
      scores: "echo",
      several: false,
      seeds: false,
    });
    const [score] = await policyOf(api, { abilities }).score([{ ids: [5, 6, 7], temperature: 1 }]);
    expect([...(score?.logprobs ?? [])]).toEqual([-1, -1]);
  });
});

/** Token ids over HTTP, to our own server of a tiny model: the suite of every policy, and the same tokens as in this process. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { conformanceTokenBytes, request, samplingConformance } from "../../policy/conformance-sampling.ts";
import type { FrozenPolicy, Policy, Sample, Sampler } from "../../policy/policy.ts";
import { TINY } from "../../policy/testing/tiny-adapters.ts";
import { type LetterServer, letterServer } from "../../serve/testing/letter-server.ts";
import { type ServerAbilities, abilitiesText } from "./abilities.ts";
import { OpenAiApi } from "./api.ts";
import { probeServer } from "./probe.ts";
import { findServerModel } from "./server-model.ts";
import { tokenPolicy } from "./token-policy.ts";

const { signal } = new AbortController();
let letters: LetterServer;
let abilities: ServerAbilities;
beforeAll(async () => {
  letters = await letterServer();
  const api = apiOf();
  abilities = await probeServer(api, await findServerModel(api, { name: null, kind: null }, signal), signal);
  await api.close();
}, 60_000);
afterAll(() => letters.close());

function apiOf(): OpenAiApi {
  return new OpenAiApi({ url: letters.server.url, apiKey: null, concurrency: 16, timeoutMs: 60_000, retries: 0 });
}

function remote(changes: object = {}): FrozenPolicy {
  return tokenPolicy({
    api: apiOf(),
    abilities,
    vocabularySize: TINY.vocab_size,
    maxSequenceTokens: 4096,
    tokenBytes: conformanceTokenBytes,
    mostFailures: 20,
    ...changes,
  });
}

/** What samples, as a policy: nothing of this suite learns. */
async function asPolicy(): Promise<Policy> {
  const refuse = (): never => {
    throw new Error("a server does not learn");
  };
  return { ...remote(), accumulate: refuse, step: refuse, save: refuse, load: refuse, snapshot: refuse };
}

describe("policy conformance: a model behind /v1/completions", () => {
  samplingConformance(asPolicy);
});

async function all(sampler: Sampler): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let some = await sampler.next(); some.length > 0; some = await sampler.next()) samples.push(...some);
  await sampler.close();
  return samples;
}

it("finds out what our own server offers", () => {
  expect(abilities).toEqual({
    name: "letters",
    kind: "aepo",
    maxSequenceTokens: 64,
    ids: "return_token_ids",
    leastLogprobs: 0,
    scores: "prompt_logprobs",
    several: true,
    seeds: true,
    refusals: [],
  });
  expect(abilitiesText(abilities)).toBe(
    "letters on aepo, token ids: return_token_ids, log-probabilities: yes, of prompts: prompt_logprobs, several at once: yes, seeds: yes, 64 tokens at most",
  );
});

it("draws token for token what a sampler in this process draws, with the same log-probabilities", async () => {
  const requests = Array.from({ length: 40 }, (_, i) =>
    request(`r${i}`, {
      seed: 2 ** 47 + i,
      ids: [i % 17, 3, 1],
      maxTokens: 1 + (i % 30),
      temperature: i % 4 === 0 ? 0 : 0.5 + (i % 3) / 2,
      stop: i % 2 === 0 ? [[4], [2, 9]] : [],
      ...(i % 3 === 0 ? { stopTexts: ["><c", "b"] } : {}),
      ...(i % 5 === 0 ? { shaping: { topP: 0.8, topK: 6, minP: 0.01, repetitionPenalty: 1.2 } } : {}),
    }),
  );
  const policy = remote({ overlap: true });
  const [here, there] = [letters.base.bare.openSampler(), policy.openSampler()];
  for (const one of requests) {
    here.submit(one);
    there.submit(one);
  }
  const [local, far] = [await all(here), new Map((await all(there)).map((sample) => [sample.id, sample]))];
  expect(far.size).toBe(40);
  for (const sample of local) {
    const found = far.get(sample.id);
    expect([found?.ids, found?.finish, found?.stopped]).toEqual([sample.ids, sample.finish, sample.stopped]);
    for (const [i, logprob] of sample.logprobs.entries()) expect(found?.logprobs[i]).toBeCloseTo(logprob, 4);
  }
  await policy.dispose();
});

/** Conformance of shaped sampling and of reports of the most likely tokens; an engine without them has to refuse them. */
import { expect, it } from "vitest";
import { AepoError } from "../std/errors.ts";
import { PREFIX, request, sampleAll, TOLERANCE, withSampler } from "./conformance-sampling.ts";
import type { FrozenPolicy, Policy, Sample, SampleRequest } from "./policy.ts";
import type { Shaping } from "./shaping.ts";

/** Log-probabilities of every token that can follow. */
async function following(policy: FrozenPolicy, ids: readonly number[], temperature = 1): Promise<number[]> {
  const all = Array.from({ length: policy.info.vocabularySize }, (_, token) => ({ ids: [...ids, token], temperature }));
  return (await policy.score(all)).map(({ logprobs }) => logprobs.at(-1) ?? Number.NaN);
}

function drawn(count: number, changes: Partial<SampleRequest>): SampleRequest[] {
  return Array.from({ length: count }, (_, seed) => request(String(seed), { ...changes, seed, maxTokens: 1 }));
}

/** AEPO-H1: what is reported is of the full distribution, whatever was drawn from. */
async function expectScored(policy: FrozenPolicy, sample: Sample | undefined, temperature: number): Promise<void> {
  const [score] = await policy.score([{ ids: [...PREFIX, ...(sample?.ids ?? [])], temperature }]);
  const from = PREFIX.length - 1;
  expect(sample?.ids.length).toBeGreaterThan(0);
  for (const [i, logprob] of (sample?.logprobs ?? []).entries()) {
    expect(Math.abs(logprob - (score?.logprobs[from + i] ?? Number.NaN))).toBeLessThan(TOLERANCE);
    expect(Math.abs((sample?.entropies[i] ?? 0) - (score?.entropies[from + i] ?? Number.NaN))).toBeLessThan(TOLERANCE);
  }
}

export function shapingConformance(make: () => Promise<Policy>): void {
  it("AEPO-H1: a shaped draw reports the full distribution's log-probability and entropy", ({ skip }) =>
    withSampler(make, async (sampler, policy) => {
      skip(!policy.info.shaping, "this engine draws from the full distribution");
      const shaping = { topP: 0.8, topK: 5, minP: 0.05, repetitionPenalty: 1.3 };
      for (const temperature of [1, 0.6, 1.5]) {
        const [sample] = await sampleAll(sampler, [request("a", { temperature, shaping })]);
        await expectScored(policy, sample, temperature);
      }
      const [greedy] = await sampleAll(sampler, [request("greedy", { temperature: 0, shaping })]);
      await expectScored(policy, greedy, 1);
    }));

  it("shaped draws come from the cut distribution, renormalised", ({ skip }) =>
    withSampler(make, async (sampler, policy) => {
      skip(!policy.info.shaping, "this engine draws from the full distribution");
      const draws = 300;
      const temperature = 0.9;
      const p = (await following(policy, PREFIX, temperature)).map(Math.exp);
      const order = [...p.keys()].sort((a, b) => (p[b] ?? 0) - (p[a] ?? 0));
      const mass = (tokens: readonly number[]): number => tokens.reduce((sum, token) => sum + (p[token] ?? 0), 0);
      const half = order.findIndex((_, i) => mass(order.slice(0, i + 1)) >= 0.5) + 1;
      const share = ((p[order[1] ?? 0] ?? 0) + (p[order[2] ?? 0] ?? 0)) / 2 / (p[order[0] ?? 0] ?? 1);
      const cuts: readonly (readonly [Shaping, readonly number[]])[] = [
        [{ topK: 3 }, order.slice(0, 3)],
        [{ topP: 0.5 }, order.slice(0, half)],
        [{ minP: share }, order.slice(0, 2)],
      ];
      for (const [shaping, kept] of cuts) {
        const samples = await sampleAll(sampler, drawn(draws, { temperature, shaping }));
        const tokens = samples.map(({ ids }) => ids[0] ?? -1);
        expect(new Set(tokens).size).toBeLessThanOrEqual(kept.length);
        for (const token of kept) {
          const expected = (draws * (p[token] ?? 0)) / mass(kept);
          const seen = tokens.filter((one) => one === token).length;
          // 4.5 standard deviations.
          expect(Math.abs(seen - expected)).toBeLessThan(
            4.5 * Math.sqrt(expected * (1 - (p[token] ?? 0) / mass(kept))) + 1,
          );
        }
      }
    }));

  it("top-k 1 is greedy, and a repetition penalty makes greedy decoding prefer what has not occurred", ({ skip }) =>
    withSampler(make, async (sampler, policy) => {
      skip(!policy.info.shaping, "this engine draws from the full distribution");
      const [greedy] = await sampleAll(sampler, [request("greedy", { temperature: 0 })]);
      const [top] = await sampleAll(sampler, [request("top", { shaping: { topK: 1 } })]);
      expect(top?.ids).toEqual(greedy?.ids);
      const shaping = { repetitionPenalty: 50 };
      const [fresh] = await sampleAll(sampler, [request("fresh", { temperature: 0, shaping, maxTokens: 4 })]);
      for (const [i, id] of (fresh?.ids ?? []).entries()) {
        const before = [...PREFIX, ...(fresh?.ids ?? []).slice(0, i)];
        const logprobs = await following(policy, before);
        // The penalty lowers what has occurred and leaves the rest: nothing unseen is likelier than what was taken.
        const unseen = logprobs.filter((_, token) => token !== id && !before.includes(token));
        expect(logprobs[id] ?? Number.NaN).toBeGreaterThan(Math.max(...unseen) - TOLERANCE);
      }
      // The prompt counts: a token is taken that plain greedy decoding would not take.
      const likely = (await following(policy, PREFIX)).indexOf(Math.max(...(await following(policy, PREFIX))));
      const repeated = [likely, ...PREFIX];
      const [plain] = await sampleAll(sampler, [request("plain", { ids: repeated, temperature: 0, maxTokens: 8 })]);
      const [shaped] = await sampleAll(sampler, [
        request("shaped", { ids: repeated, temperature: 0, shaping, maxTokens: 8 }),
      ]);
      expect(new Set(shaped?.ids).size).toBeGreaterThanOrEqual(new Set(plain?.ids).size);
    }));

  it("AEPO-R10: shaped or not, a request's draws depend on its own seed alone", ({ skip }) =>
    withSampler(make, async (sampler, policy) => {
      skip(!policy.info.shaping, "this engine draws from the full distribution");
      const shaping = { topP: 0.9, repetitionPenalty: 1.1 };
      const [plain] = await sampleAll(sampler, [request("plain", { seed: 3 })]);
      const [shaped] = await sampleAll(sampler, [request("shaped", { seed: 3, shaping })]);
      const others = Array.from({ length: 30 }, (_, i) =>
        request(`other ${i}`, {
          seed: i + 50,
          ids: [1, i % 8],
          maxTokens: 1 + (i % 9),
          temperature: i % 3,
          ...(i % 2 === 0 ? { shaping: { topK: 4 } } : {}),
        }),
      );
      const together = await sampleAll(sampler, [
        ...others,
        request("shaped again", { seed: 3, shaping }),
        request("plain again", { seed: 3 }),
      ]);
      expect(together.find(({ id }) => id === "shaped again")?.ids).toEqual(shaped?.ids);
      expect(together.find(({ id }) => id === "plain again")?.ids).toEqual(plain?.ids);
    }));

  it("settings that change nothing give the same draws, and so does a report of the most likely tokens", () =>
    withSampler(make, async (sampler, policy) => {
      const [free] = await sampleAll(sampler, [request("free")]);
      const same: Partial<SampleRequest>[] = [
        ...(policy.info.shaping ? [{ shaping: { topP: 1, topK: 0, minP: 0, repetitionPenalty: 1 } }] : []),
        ...(policy.info.topLogprobs > 0 ? [{ topLogprobs: 1 }] : []),
      ];
      for (const changes of same) {
        const [sample] = await sampleAll(sampler, [request("same", changes)]);
        expect(sample?.ids).toEqual(free?.ids);
      }
    }));

  it("reports the most likely tokens at each position with their log-probabilities", ({ skip }) =>
    withSampler(make, async (sampler, policy) => {
      const topLogprobs = Math.min(4, policy.info.topLogprobs);
      skip(topLogprobs === 0, "this engine reports no other tokens");
      const temperature = policy.info.logprobTemperature === 1 ? 1 : 0.7;
      const shaped = policy.info.shaping ? [request("shaped", { topLogprobs, shaping: { topK: 3 } })] : [];
      const samples = await sampleAll(sampler, [
        request("plain", { topLogprobs, temperature }),
        request("greedy", { topLogprobs, temperature: 0, maxTokens: 3 }),
        ...shaped,
      ]);
      for (const { id, ids, logprobs, top = [] } of samples) {
        expect(top.map((at) => at.length)).toEqual(ids.map(() => topLogprobs));
        for (const i of [0, ids.length - 1]) {
          const all = await following(policy, [...PREFIX, ...ids.slice(0, i)], id === "plain" ? temperature : 1);
          const falling = [...all].sort((a, b) => b - a);
          for (const [rank, { id: token, logprob }] of (top[i] ?? []).entries()) {
            expect(Math.abs(logprob - (falling[rank] ?? Number.NaN))).toBeLessThan(TOLERANCE);
            expect(Math.abs(logprob - (all[token] ?? Number.NaN))).toBeLessThan(TOLERANCE);
            if (token === ids[i]) expect(Math.abs(logprob - (logprobs[i] ?? Number.NaN))).toBeLessThan(1e-6);
          }
        }
        if (id === "greedy") expect(top.map(([first]) => first?.id)).toEqual(ids);
      }
    }));

  it("refuses shaping and reports that it cannot do", () =>
    withSampler(make, async (sampler, policy) => {
      const { shaping, topLogprobs } = policy.info;
      const wrong: Partial<SampleRequest>[] = [
        { topLogprobs: topLogprobs + 1 },
        { topLogprobs: 0.5 },
        { topLogprobs: -1 },
        { shaping: { topP: 0 } },
        { shaping: { topP: 1.01 } },
        { shaping: { topP: Number.NaN } },
        { shaping: { topK: -1 } },
        { shaping: { topK: 2.5 } },
        { shaping: { minP: -0.1 } },
        { shaping: { minP: 2 } },
        { shaping: { repetitionPenalty: 0 } },
        { shaping: { top_p: 0.5 } as Shaping },
        ...(shaping ? [] : [{ shaping: { topP: 0.5 } }]),
      ];
      for (const changes of wrong) expect(() => sampler.submit(request("wrong", changes))).toThrow(AepoError);
    }));
}

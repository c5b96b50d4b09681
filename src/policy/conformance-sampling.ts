/** Conformance of sampling and scoring: distributions, stops, logical time, shared prefixes, refusals. */
import { expect, it } from "vitest";
import { AepoError } from "../std/errors.ts";
import type { Policy, Sample, SampleRequest, Sampler } from "./policy.ts";

/** Largest difference between a sampled log-probability and the same one scored. */
export const TOLERANCE = 1e-4;

export const PREFIX = [1, 2, 3, 4, 5];

/** What conforming policies are opened with: token 7 is written "<h>". */
export function conformanceTokenBytes(id: number): Uint8Array {
  return new TextEncoder().encode(`<${String.fromCharCode(97 + id)}>`);
}

export function request(id: string, changes: Partial<SampleRequest> = {}): SampleRequest {
  return {
    id,
    ids: PREFIX,
    stop: [],
    maxTokens: 12,
    temperature: 1,
    seed: 7,
    ...changes,
  };
}

/** Submits all at once and returns the samples in the order they came. */
export async function sampleAll(sampler: Sampler, requests: readonly SampleRequest[]): Promise<Sample[]> {
  for (const one of requests) sampler.submit(one);
  const samples: Sample[] = [];
  for (let some = await sampler.next(); some.length > 0; some = await sampler.next()) samples.push(...some);
  return samples;
}

function drawOf({ id, ids, finish, stopped }: Sample): Partial<Sample> {
  return { id, ids, finish, ...(stopped === undefined ? {} : { stopped }) };
}

function expectClose(some: readonly Sample[], others: readonly Sample[]): void {
  const figures = (samples: readonly Sample[]): number[] =>
    samples.flatMap((one) => [...one.logprobs, ...one.entropies]);
  const [found, wanted] = [figures(some), figures(others)];
  expect(found.length).toBe(wanted.length);
  for (const [i, figure] of found.entries()) expect(Math.abs(figure - (wanted[i] ?? 0))).toBeLessThan(TOLERANCE);
}

/** Runs `use` with a fresh policy and sampler, and disposes of both. */
export async function withSampler(
  make: () => Promise<Policy>,
  use: (sampler: Sampler, policy: Policy) => Promise<void>,
): Promise<void> {
  const policy = await make();
  const sampler = policy.openSampler();
  try {
    await use(sampler, policy);
  } finally {
    await sampler.close();
    await policy.dispose();
  }
}

async function expectScored(sampler: Sampler, policy: Policy, temperature: number, reported = temperature) {
  const [sample] = await sampleAll(sampler, [request("a", { temperature })]);
  const [score] = await policy.score([{ ids: [...PREFIX, ...(sample?.ids ?? [])], temperature: reported }]);
  expect(sample?.ids).toHaveLength(12);
  const from = PREFIX.length - 1;
  for (const [i, logprob] of (sample?.logprobs ?? []).entries()) {
    expect(Math.abs(logprob - (score?.logprobs[from + i] ?? Number.NaN))).toBeLessThan(TOLERANCE);
    // An estimate from the likeliest tokens is of samples alone.
    if (policy.info.entropy === "topK") continue;
    expect(Math.abs((sample?.entropies[i] ?? 0) - (score?.entropies[from + i] ?? Number.NaN))).toBeLessThan(TOLERANCE);
  }
}

export function samplingConformance(make: () => Promise<Policy>): void {
  it("AEPO-H1: sampled log-probabilities and entropies are those of scoring", () =>
    withSampler(make, (sampler, policy) => expectScored(sampler, policy, 1)));

  it("AEPO-H1: … at the request's temperature", ({ skip }) =>
    withSampler(make, async (sampler, policy) => {
      skip(policy.info.logprobTemperature === 1, "this engine reports at temperature 1");
      for (const temperature of [0.6, 1.5]) await expectScored(sampler, policy, temperature);
    }));

  it("draws at another temperature are reported at temperature 1", ({ skip }) =>
    withSampler(make, async (sampler, policy) => {
      skip(policy.info.logprobTemperature !== 1, "this engine reports at the request's temperature");
      for (const temperature of [0.6, 1.5]) await expectScored(sampler, policy, temperature, 1);
      await expect(policy.score([{ ids: [1, 2], temperature: 0.6 }])).rejects.toThrow(AepoError);
    }));

  it("draws have the probabilities they report", () =>
    withSampler(make, async (sampler) => {
      // 400 first tokens: each one's frequency is within 4.5 standard deviations of its reported probability.
      const draws = 400;
      const samples = await sampleAll(
        sampler,
        Array.from({ length: draws }, (_, seed) => request(String(seed), { seed, maxTokens: 1 })),
      );
      const count = new Map<number, { seen: number; p: number }>();
      for (const { ids, logprobs } of samples) {
        const entry = count.get(ids[0] ?? -1) ?? {
          seen: 0,
          p: Math.exp(logprobs[0] ?? 0),
        };
        count.set(ids[0] ?? -1, { ...entry, seen: entry.seen + 1 });
      }
      expect(count.size).toBeGreaterThan(1);
      for (const { seen, p } of count.values()) {
        expect(Math.abs(seen - draws * p)).toBeLessThan(4.5 * Math.sqrt(draws * p * (1 - p)) + 1);
      }
    }));

  it("temperature 0 is greedy and reports the distribution at temperature 1", () =>
    withSampler(make, async (sampler, policy) => {
      const [sample] = await sampleAll(sampler, [request("a", { temperature: 0, maxTokens: 3 })]);
      const first = sample?.ids[0] ?? -1;
      const rivals = Array.from({ length: policy.info.vocabularySize }, (_, token) => ({
        ids: [...PREFIX, token],
        temperature: 1,
      }));
      const logprobs = (await policy.score(rivals)).map((score) => score.logprobs.at(-1) ?? Number.NaN);
      expect(logprobs[first]).toBeGreaterThan(Math.max(...logprobs) - TOLERANCE);
      expect(Math.abs((sample?.logprobs[0] ?? 0) - (logprobs[first] ?? 0))).toBeLessThan(TOLERANCE);
      const sum = logprobs.reduce((total, x) => total + Math.exp(x), 0);
      expect(Math.abs(sum - 1)).toBeLessThan(TOLERANCE);
    }));

  it("a stop sequence ends a continuation and is part of it; without one it ends at maxTokens", () =>
    withSampler(make, async (sampler) => {
      const [free] = await sampleAll(sampler, [request("free")]);
      const stop = free?.ids.slice(4, 6) ?? [];
      const [stopped] = await sampleAll(sampler, [request("stopped", { stop: [[...stop, ...stop, ...stop], stop] })]);
      expect(free?.finish).toBe("length");
      expect([stopped?.finish, free?.stopped]).toEqual(["stop", undefined]);
      if (stopped?.stopped !== undefined) expect(stopped.stopped).toEqual({ ids: stop });
      expect(stopped?.ids.slice(-2)).toEqual(stop);
      expect(stopped?.ids).toEqual(free?.ids.slice(0, stopped?.ids.length));
      expect(stopped?.logprobs).toHaveLength(stopped?.ids.length ?? -1);
    }));

  it("a stop text ends a continuation in the middle of a token or across tokens, found in new tokens alone", () =>
    withSampler(make, async (sampler) => {
      const [free] = await sampleAll(sampler, [request("free")]);
      const ids = free?.ids ?? [];
      const written = Buffer.concat(ids.map(conformanceTokenBytes)).toString();
      // A token is written as three characters: from the last of one to the first of the next.
      for (const [id, start, end] of [["inside", 13, 14] as const, ["across", 11, 16] as const]) {
        const text = written.slice(start, end);
        const first = Math.ceil((written.indexOf(text) + text.length) / 3);
        const [stopped] = await sampleAll(sampler, [request(id, { stopTexts: ["nowhere", text] })]);
        expect([stopped?.ids, stopped?.finish]).toEqual([ids.slice(0, first), "stop"]);
        if (stopped?.stopped !== undefined) expect(stopped.stopped).toEqual({ text });
      }
      const prefix = Buffer.concat(PREFIX.map(conformanceTokenBytes)).toString();
      const [after] = await sampleAll(sampler, [request("after", { stopTexts: [`${prefix}${written[0]}`] })]);
      expect(after?.ids).toEqual(ids);
    }));

  it("AEPO-R10: a request's draws depend on its own seed alone, not on what is decoded beside it", () =>
    withSampler(make, async (sampler) => {
      const [alone] = await sampleAll(sampler, [request("alone", { seed: 3 })]);
      const others = Array.from({ length: 70 }, (_, i) =>
        request(`other ${i}`, {
          seed: i + 100,
          maxTokens: 1 + (i % 9),
          ids: [1, i % 8],
        }),
      );
      const together = await sampleAll(sampler, [
        ...others.slice(0, 30),
        request("together", { seed: 3 }),
        ...others.slice(30),
      ]);
      expect(together).toHaveLength(71);
      expect(together.find(({ id }) => id === "together")?.ids).toEqual(alone?.ids);
    }));

  it("AEPO-R10: the same calls give the same samples, and those that end in one tick come in order of submission", async () => {
    let isElsewhere = false;
    const run = async (): Promise<Sample[][]> => {
      const ticks: Sample[][] = [];
      await withSampler(make, async (sampler, { info }) => {
        isElsewhere = info.requestsAtOnce !== undefined;
        for (const [i, maxTokens] of [3, 2, 3, 2].entries()) sampler.submit(request(`r${i}`, { seed: i, maxTokens }));
        ticks.push([...(await sampler.next())]);
        sampler.submit(request("late", { seed: 9, maxTokens: 1 }));
        for (let some = await sampler.next(); some.length > 0; some = await sampler.next()) ticks.push([...some]);
      });
      return ticks;
    };
    const [first, second] = [await run(), await run()];
    expect(second.map((tick) => tick.map(drawOf))).toEqual(first.map((tick) => tick.map(drawOf)));
    // What is decoded together elsewhere depends on what arrives together, and moves the last bits.
    if (isElsewhere) expectClose(first.flat(), second.flat());
    else expect(second).toEqual(first);
    for (const tick of first) {
      const order = tick.map(({ id }) => ["r0", "r1", "r2", "r3", "late"].indexOf(id));
      expect(order).toEqual(order.toSorted((a, b) => a - b));
    }
    expect(first.flat()).toHaveLength(5);
  });

  it("AEPO-R10: a request submitted while a tick is waited for joins, and changes nobody's draws", () =>
    withSampler(make, async (sampler) => {
      const [alone] = await sampleAll(sampler, [request("alone", { seed: 3 })]);
      sampler.submit(request("first", { seed: 3 }));
      const tick = sampler.next();
      sampler.submit(request("late", { seed: 4, maxTokens: 2 }));
      const samples = [...(await tick)];
      for (let some = await sampler.next(); some.length > 0; some = await sampler.next()) samples.push(...some);
      expect(samples.map(({ id }) => id).sort()).toEqual(["first", "late"]);
      expect(samples.find(({ id }) => id === "first")?.ids).toEqual(alone?.ids);
    }));

  it("AEPO-R7: a fork draws what it would draw from scratch, and reuses its prefix", () =>
    withSampler(make, async (sampler, policy) => {
      const [trunk] = await sampleAll(sampler, [request("trunk", { maxTokens: 10 })]);
      const prefix = [...PREFIX, ...(trunk?.ids ?? []), 6, 7];
      await sampleAll(sampler, [request("on", { ids: prefix, maxTokens: 4 })]);
      const before = sampler.ledger;
      const [fork] = await sampleAll(sampler, [request("fork", { ids: prefix, seed: 21 })]);
      const [prefilled, reused] = [sampler.ledger.prefilled - before.prefilled, sampler.ledger.reused - before.reused];
      expect(prefilled + reused).toBe(prefix.length);
      if (policy.info.countsReuse) expect(prefilled).toBeLessThanOrEqual(1);
      expect(sampler.ledger.sampled - before.sampled).toBe(12);
      const fresh = policy.openSampler();
      const [scratch] = await sampleAll(fresh, [request("scratch", { ids: prefix, seed: 21 })]);
      await fresh.close();
      expect(fork?.ids).toEqual(scratch?.ids);
    }));

  it("AEPO-R7: a prefix that several requests bring at once is computed once", ({ skip }) =>
    withSampler(make, async (sampler, policy) => {
      skip(!policy.info.countsReuse, "this engine does not say what it computed");
      await sampleAll(
        sampler,
        Array.from({ length: 6 }, (_, seed) => request(String(seed), { seed })),
      );
      const { prefilled, reused } = sampler.ledger;
      expect(prefilled).toBeLessThanOrEqual(PREFIX.length + 5);
      expect(prefilled + reused).toBe(6 * PREFIX.length);
    }));

  it("next resolves to nothing when nothing is open", () =>
    withSampler(make, async (sampler) => {
      expect(await sampler.next()).toEqual([]);
    }));

  it("refuses requests that cannot be sampled", () =>
    withSampler(make, async (sampler, policy) => {
      const { vocabularySize, maxSequenceTokens } = policy.info;
      const wrong: Partial<SampleRequest>[] = [
        { ids: [] },
        { ids: [vocabularySize] },
        { ids: [-1] },
        { ids: [0.5] },
        { maxTokens: 0 },
        { maxTokens: maxSequenceTokens },
        { temperature: -1 },
        { temperature: Number.NaN },
        { stop: [[]] },
        { stopTexts: [""] },
      ];
      for (const changes of wrong) expect(() => sampler.submit(request("wrong", changes))).toThrow(AepoError);
      sampler.submit(request("twice"));
      expect(() => sampler.submit(request("twice"))).toThrow(AepoError);
      await expect(policy.score([{ ids: [vocabularySize], temperature: 1 }])).rejects.toThrow(AepoError);
      await expect(policy.score([{ ids: [1, 2], temperature: 0 }])).rejects.toThrow(AepoError);
    }));

  it("scores one entry a predicted token", async () => {
    const policy = await make();
    const scores = await policy.score([
      { ids: [1], temperature: 1 },
      { ids: [1, 2, 3], temperature: 1 },
    ]);
    expect(scores.map(({ logprobs }) => logprobs.length)).toEqual([0, 2]);
    expect(scores.map(({ entropies }) => entropies.length)).toEqual([0, 2]);
    await policy.dispose();
  });
}

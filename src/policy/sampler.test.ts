import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sampleAll } from "./conformance-sampling.ts";
import type { Decoder, DecodeRow, Draws } from "./decoder.ts";
import type { Sample, SampleRequest } from "./policy.ts";
import { ContinuousSampler, type SamplerLimits } from "./sampler.ts";
import { LogitTable, ScriptedDecoder } from "./scripted-table.ts";

const VOCABULARY = 4;
const LIMITS: SamplerLimits = { slots: 3, cacheTokens: 60, maxSequenceTokens: 60, vocabularySize: VOCABULARY };

/** Scripted draws; remembers which prefix each cache slot holds and refuses to read a slot that holds another. */
class RememberingDecoder implements Decoder {
  readonly chunkTokens = 5;
  readonly windowTokens: number;
  draws = 0;
  private readonly held = new Map<number, string>();
  private readonly scripted = new ScriptedDecoder(
    new LogitTable((prefix) => prefix.slice(-VOCABULARY).map((id, i) => Math.sin(3 * id + i)), VOCABULARY),
  );

  constructor(windowTokens: number) {
    this.windowTokens = windowTokens;
  }

  draw(rows: readonly DecodeRow[]): Promise<readonly Draws[]> {
    this.draws++;
    for (const { ids, slots, start } of rows) {
      for (let i = 0; i < start; i++) expect(this.held.get(slots[i] ?? -1)).toBe(prefixAt(ids, i));
    }
    return this.scripted.draw(rows);
  }

  store(rows: readonly DecodeRow[]): void {
    for (const { ids, slots, start, count, isNew } of rows) {
      for (let i = start; i < start + count; i++) {
        if (isNew[i - start] === 1) this.held.set(slots[i] ?? -1, prefixAt(ids, i));
      }
    }
  }

  async close(): Promise<void> {}
}

function prefixAt(ids: readonly number[], i: number): string {
  expect(i).toBeLessThan(ids.length);
  return ids.slice(0, i + 1).join(" ");
}

async function sample(windowTokens: number, requests: readonly SampleRequest[]) {
  const decoder = new RememberingDecoder(windowTokens);
  const sampler = new ContinuousSampler(decoder, LIMITS);
  const samples = new Map<string, Sample>();
  for (const one of await sampleAll(sampler, requests)) samples.set(one.id, one);
  return { samples, draws: decoder.draws, ledger: sampler.ledger };
}

const token = fc.integer({ min: 0, max: VOCABULARY - 1 });
const someRequests = fc
  .array(
    fc.record({
      ids: fc.array(token, { minLength: VOCABULARY, maxLength: 30 }),
      stop: fc.array(fc.array(token, { minLength: 1, maxLength: 2 }), { maxLength: 1 }),
      maxTokens: fc.integer({ min: 1, max: 20 }),
      temperature: fc.constantFrom(0, 1),
      seed: fc.integer({ min: 0, max: 3 }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((all) => all.map((one, i) => ({ ...one, id: String(i) })));

describe("ContinuousSampler", () => {
  it("AEPO-R10: draws the same tokens whatever the window, and reads only the states of their own prefixes", async () => {
    await fc.assert(
      fc.asyncProperty(someRequests, fc.integer({ min: 2, max: 9 }), async (requests, windowTokens) => {
        const [one, many] = [await sample(1, requests), await sample(windowTokens, requests)];
        expect(many.samples).toEqual(one.samples);
        expect(many.ledger.sampled).toBe(one.ledger.sampled);
      }),
      { numRuns: 150 },
    );
  });

  it("needs fewer steps with a window", async () => {
    const requests = [{ id: "a", ids: [0, 1, 2, 3], stop: [], maxTokens: 17, temperature: 1, seed: 1 }];
    expect((await sample(1, requests)).draws).toBe(17);
    expect((await sample(8, requests)).draws).toBe(3);
  });
});

describe("ContinuousSampler, tick by tick", () => {
  const request = (id: string, maxTokens: number, seed = 1): SampleRequest => ({
    id,
    ids: [0, 1, 2, 3],
    stop: [],
    maxTokens,
    temperature: 1,
    seed,
    topLogprobs: 1,
  });

  it("tells what was drawn as it is drawn: together it is the sample", async () => {
    const sampler = new ContinuousSampler(new RememberingDecoder(4), LIMITS);
    sampler.submit(request("a", 9));
    const [ids, logprobs, top]: [number[], number[], unknown[]] = [[], [], []];
    for (let ticks = 0; ; ticks++) {
      const { drawn, finished } = await sampler.tick();
      if (ticks === 1) sampler.submit({ ...request("b", 3, 2), topLogprobs: 0 });
      for (const one of drawn.filter(({ id }) => id === "a")) {
        ids.push(...one.ids);
        logprobs.push(...one.logprobs);
        top.push(...(one.top ?? []));
      }
      const sample = finished.find(({ id }) => id === "a");
      if (sample === undefined) continue;
      expect({ ids, logprobs, top }).toEqual({ ids: sample.ids, logprobs: sample.logprobs, top: sample.top });
      expect(ticks).toBe(8);
      break;
    }
    expect(await sampler.tick()).toEqual({ drawn: [], finished: [] });
  });

  it("a request that is dropped leaves no trace: its slots are free, the others draw what they would have drawn", async () => {
    // "big" takes 43 of the 60 slots, so that "b" (19) waits; at the end 41 and 19 fit only if all is free again.
    const sampler = new ContinuousSampler(new RememberingDecoder(4), LIMITS);
    const alone = (await sample(4, [request("b", 16, 5)])).samples.get("b");
    sampler.submit(request("big", 40));
    sampler.submit(request("b", 16, 5));
    sampler.submit(request("waits", 40));
    await sampler.tick();
    await sampler.tick();
    expect(sampler.cancel("nobody")).toBe(false);
    expect(sampler.cancel("waits")).toBe(true);
    expect(sampler.cancel("big")).toBe(true);
    expect(sampler.cancel("big")).toBe(false);
    sampler.submit(request("big", 38));
    const found = new Map((await sampleAll(sampler, [])).map((one) => [one.id, one]));
    expect(found.get("b")).toEqual(alone);
    expect(found.get("big")?.ids).toHaveLength(38);
    expect([...found.keys()].toSorted()).toEqual(["b", "big"]);
  });

  it("nothing is dropped in the middle of a tick", async () => {
    const sampler = new ContinuousSampler(new RememberingDecoder(4), LIMITS);
    sampler.submit(request("a", 9));
    const ticking = sampler.tick();
    expect(() => sampler.cancel("a")).toThrow(
      'request "a" cannot be dropped while the sampler is advancing\n  to fix: drop it when the tick has ended',
    );
    await ticking;
  });
});

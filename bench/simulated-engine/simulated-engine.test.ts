import { expect, it } from "vitest";
import { PrefixCache } from "./prefix-cache.ts";
import { Replica } from "./replica.ts";
import { sixtyFourGpus } from "./settings.ts";
import type { SimClock } from "./sim-clock.ts";

const { gpu, model } = sixtyFourGpus(1, {
  vocabulary: 10,
  think: [0, 1],
  call: [2, 3],
  answer: [4, 5],
  words: [6, 4],
  calls: 1,
  turnTokens: { median: 8, spread: 0, least: 8, most: 8 },
});

/** Time that a test moves: what is due is done in order. */
function clockByHand(): SimClock & { run(): void } {
  let now = 0;
  const due = new Set<{ readonly at: number; readonly work: () => void }>();
  return {
    nowMs: () => now,
    after(ms, work) {
      const one = { at: now + ms, work };
      due.add(one);
      return () => void due.delete(one);
    },
    run() {
      for (
        let next = [...due].sort((a, b) => a.at - b.at)[0];
        next !== undefined;
        next = [...due].sort((a, b) => a.at - b.at)[0]
      ) {
        due.delete(next);
        now = next.at;
        next.work();
      }
    },
  };
}

const ids = (count: number, from = 0): number[] => Array.from({ length: count }, (_, i) => from + i);

it("keeps whole blocks of prefixes, the oldest unused goes first", () => {
  const cache = new PrefixCache(64);
  expect(cache.take(ids(40))).toBe(0);
  expect(cache.take(ids(40))).toBe(32);
  expect(cache.take([...ids(32), ...ids(16, 500)])).toBe(32);
  // Another beginning: nothing behind it counts.
  expect(cache.take([9, ...ids(39)])).toBe(0);
  expect(cache.take(ids(40))).toBe(0);
});

it("takes as long as reading the prompt, and for every step the weights, the cache and the arithmetic", () => {
  const clock = clockByHand();
  const replica = new Replica(gpu, model, clock);
  const ended: [string, number, number][] = [];
  const sequence = (name: string, tokens: number) => ({
    prompt: ids(1600, 10_000),
    tokens: ids(tokens),
    done: (_outcome: string, cached: number) => void ended.push([name, cached, clock.nowMs()]),
  });
  replica.add(sequence("alone", 100));
  clock.run();
  const prefillMs = (2 * model.parameters * 1600) / gpu.prefillFlopsPerMs;
  const stepMs = (batch: number, held: number): number =>
    gpu.stepOverheadMs +
    (model.weightBytes + held * model.cacheBytesPerToken) / gpu.bytesPerMs +
    (2 * model.parameters * batch) / gpu.decodeFlopsPerMs;
  const [, cached, alone = 0] = ended[0] ?? [];
  expect(cached).toBe(0);
  expect(alone).toBeCloseTo(prefillMs + 100 * stepMs(1, 1600), 3);
  // Two at once, their prompt is there: a step is hardly longer, so both are done in less than twice the time of one.
  replica.add(sequence("a", 100));
  replica.add(sequence("b", 100));
  clock.run();
  expect(ended.slice(1).map(([name, held]) => [name, held])).toEqual([
    ["a", 1600],
    ["b", 1600],
  ]);
  const both = (ended[2]?.[2] ?? 0) - alone;
  expect(both).toBeCloseTo(100 * stepMs(2, 3200), 3);
  expect(replica.figures).toMatchObject({ prefilledTokens: 1600, cachedTokens: 3200 });
  expect(replica.figures.decodedTokens).toBeCloseTo(300, 6);
});

import { getEventListeners } from "node:events";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { callIt, fakeTool } from "../testing/fake-tool.ts";
import { limit, type LimitOptions } from "./limit.ts";

/** A slow tool under a limit; notes when calls began and how many ran at once. */
function slowTool(options: LimitOptions, ms: () => number = () => 10) {
  const began: number[] = [];
  let [running, most] = [0, 0];
  const look = fakeTool(async ({ q }) => {
    began.push(Date.now());
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, ms()));
    running--;
    return `got ${q}`;
  });
  return { look: limit(options)(look), began, most: () => most };
}

describe("a limit", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("a thousand slow calls at once: never more than allowed run, all are answered, first come, first served", async () => {
    const { look, most, began } = slowTool({ concurrency: 8 });
    const done = Promise.all(Array.from({ length: 1000 }, (_, i) => callIt(look, `${i}`)));
    await vi.runAllTimersAsync();
    expect((await done).map(({ text }) => text)).toEqual(Array.from({ length: 1000 }, (_, i) => `got ${i}`));
    expect(most()).toBe(8);
    expect((began.at(-1) ?? 0) - (began[0] ?? 0)).toBe((1000 / 8 - 1) * 10);
  });

  it("never begins more calls in any span than the rate, whenever they come and however long they take", async () => {
    const scenario = fc.record({
      calls: fc.integer({ min: 1, max: 4 }),
      perMs: fc.integer({ min: 5, max: 50 }),
      concurrency: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
      gaps: fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 25 }),
      ms: fc.integer({ min: 0, max: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ calls, perMs, concurrency, gaps, ms }) => {
        const { look, began, most } = slowTool({ concurrency, rate: { calls, perMs } }, () => ms);
        const done: Promise<unknown>[] = [];
        for (const gap of gaps) {
          await vi.advanceTimersByTimeAsync(gap);
          done.push(callIt(look, "x"));
        }
        await vi.runAllTimersAsync();
        await Promise.all(done);
        expect(began).toHaveLength(gaps.length);
        for (let i = calls; i < began.length; i++) {
          expect((began[i] ?? 0) - (began[i - calls] ?? 0)).toBeGreaterThanOrEqual(perMs);
        }
        expect(most()).toBeLessThanOrEqual(concurrency ?? gaps.length);
        expect(vi.getTimerCount()).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it("is shared by the tools it is put around", async () => {
    const one = limit({ concurrency: 1 });
    const order: string[] = [];
    const slow = (name: string) =>
      one(
        fakeTool(async () => {
          order.push(`${name} begins`);
          await new Promise((resolve) => setTimeout(resolve, 5));
          order.push(`${name} ends`);
          return "";
        }, name),
      );
    const done = Promise.all([callIt(slow("a"), "x"), callIt(slow("b"), "x")]);
    await vi.runAllTimersAsync();
    await done;
    expect(order).toEqual(["a begins", "a ends", "b begins", "b ends"]);
  });

  it("a call that is given up in the queue leaves it and is never made; the others go on", async () => {
    const { look, began } = slowTool({ concurrency: 1 });
    const stop = new AbortController();
    const first = callIt(look, "first");
    const given = expect(callIt(look, "given up", { signal: stop.signal })).rejects.toThrow("stopped");
    const last = callIt(look, "last");
    stop.abort(new Error("stopped"));
    await given;
    expect(getEventListeners(stop.signal, "abort")).toHaveLength(0);
    await vi.runAllTimersAsync();
    expect([(await first).text, (await last).text]).toEqual(["got first", "got last"]);
    expect(began).toHaveLength(2);
  });

  it("one that is given up while it runs frees its place although it takes no notice", async () => {
    const hang = vi.fn(() => new Promise(() => {}));
    const look = limit({ concurrency: 1 })(fakeTool(({ q }) => (q === "hang" ? hang() : "got it")));
    const stop = new AbortController();
    const hanging = expect(callIt(look, "hang", { signal: stop.signal })).rejects.toThrow("late");
    const next = callIt(look, "x");
    stop.abort(new Error("late"));
    await hanging;
    expect((await next).text).toBe("got it");
    expect(getEventListeners(stop.signal, "abort")).toHaveLength(0);
  });
});

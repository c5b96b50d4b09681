import { getEventListeners } from "node:events";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LateFailure } from "../late-failure.ts";
import { ToolFailure } from "../tool-failure.ts";
import { callIt, fakeTool, placeAfter } from "../testing/fake-tool.ts";
import { networkCode } from "./network-code.ts";
import { mayGoBetter, retry } from "./retry.ts";

const options = { tries: 4, firstDelayMs: 100, maxDelayMs: 300 };
const busy = (retryAfterMs?: number) =>
  new ToolFailure("busy", { retryable: true, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });

/** Fails with each of the errors in turn, then succeeds; notes when it was called. */
function failing(...errors: readonly unknown[]) {
  const times: number[] = [];
  const look = fakeTool(({ q }) => {
    times.push(performance.now());
    const error = errors[times.length - 1];
    if (error !== undefined) throw error;
    return `got ${q}`;
  });
  return { look, pauses: () => times.slice(1).map((at, i) => at - (times[i] ?? 0)), times };
}

describe("trying again", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("waits longer each time, up to the longest pause; the same call of the same run waits the same", async () => {
    const pauses: number[][] = [];
    for (const seed of [1, 1, 2]) {
      const { look, pauses: waited } = failing(busy(), busy(), busy());
      const done = callIt(retry(options, seed)(look), "x", { place: placeAfter() });
      await vi.runAllTimersAsync();
      expect((await done).text).toBe("got x");
      pauses.push(waited());
    }
    const [first, again, other] = pauses;
    expect(first).toEqual(again);
    expect(first).not.toEqual(other);
    for (const [i, whole] of [100, 200, 300].entries()) {
      expect(first?.[i]).toBeGreaterThanOrEqual(whole / 2 - 1);
      expect(first?.[i]).toBeLessThanOrEqual(whole + 1);
    }
  });

  it("gives up after the last try with what it last failed with", async () => {
    const { look, times } = failing(busy(), busy(), busy(), new LateFailure("no answer within 9 ms"));
    const failed = expect(callIt(retry(options, 1)(look), "x")).rejects.toThrow("no answer within 9 ms");
    await vi.runAllTimersAsync();
    await failed;
    expect(times).toHaveLength(4);
  });

  it.each([
    ["an input that was refused", new ToolFailure("no such page", { retryable: false })],
    ["a bug", new TypeError("undefined is not a function")],
    ["a text", "no"],
  ])("does not try %s again", async (_, error) => {
    const { look, times } = failing(error);
    await expect(callIt(retry(options, 1)(look), "x")).rejects.toBe(error);
    expect(times).toHaveLength(1);
  });

  it("waits as long as it is asked to, and does not ask again where that is too long", async () => {
    const patient = failing(busy(250));
    const done = callIt(retry(options, 1)(patient.look), "x");
    await vi.runAllTimersAsync();
    expect((await done).text).toBe("got x");
    expect(patient.pauses()[0]).toBeCloseTo(250, 0);
    const impatient = failing(busy(301));
    await expect(callIt(retry(options, 1)(impatient.look), "x")).rejects.toThrow("busy");
    expect(impatient.times).toHaveLength(1);
  });

  it("stops waiting when the call is given up, calls no more and leaves nothing behind", async () => {
    const { look, times } = failing(busy(), busy());
    const stop = new AbortController();
    const failed = expect(callIt(retry(options, 1)(look), "x", { signal: stop.signal })).rejects.toThrow("stopped");
    await vi.advanceTimersByTimeAsync(10);
    stop.abort(new Error("stopped"));
    await failed;
    expect([vi.getTimerCount(), getEventListeners(stop.signal, "abort").length]).toEqual([0, 0]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(times).toHaveLength(1);
  });
});

describe("what may go better", () => {
  const broken = (code: string) => Object.assign(new Error("fetch failed"), { cause: { code } });

  it("is what says so, and the network's failures wherever in the causes they are", () => {
    expect(mayGoBetter(busy())).toBe(true);
    expect(mayGoBetter(broken("ECONNRESET"))).toBe(true);
    expect(mayGoBetter(new Error("deep", { cause: broken("UND_ERR_SOCKET") }))).toBe(true);
    expect(mayGoBetter(broken("ENOTFOUND"))).toBe(false);
    expect(mayGoBetter(broken("ERR_TLS_CERT_ALTNAME_INVALID"))).toBe(false);
    // A failure that says it is final is final, whatever caused it.
    expect(mayGoBetter(new ToolFailure("no", { retryable: false, cause: broken("ECONNRESET") }))).toBe(false);
  });

  it("survives causes in a ring", () => {
    const ring: { cause?: unknown } = {};
    ring.cause = ring;
    expect(networkCode(ring)).toBeNull();
  });
});

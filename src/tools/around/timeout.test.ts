import { getEventListeners } from "node:events";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LateFailure } from "../late-failure.ts";
import { callIt, fakeTool } from "../testing/fake-tool.ts";
import { timeout } from "./timeout.ts";

describe("a timeout", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("gives up a try that is late and says so to the tool, which may ignore it", async () => {
    const told = vi.fn();
    const slow = timeout(50)(
      fakeTool((_, { signal }) => new Promise(() => signal.addEventListener("abort", () => told(signal.reason)))),
    );
    const failed = callIt(slow, "x").catch((thrown: unknown) => thrown);
    await vi.advanceTimersByTimeAsync(49);
    expect(told).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(await failed).toBeInstanceOf(LateFailure);
    expect(await failed).toMatchObject({ message: "no answer within 50 ms", retryable: true });
    expect(told).toHaveBeenCalledWith(await failed);
  });

  it("leaves nothing behind: no timer, no listener", async () => {
    const stop = new AbortController();
    const quick = timeout(50)(fakeTool());
    expect(await callIt(quick, "x", { signal: stop.signal })).toEqual({ text: "got x", state: undefined });
    const hanging = callIt(timeout(50)(fakeTool(() => new Promise(() => {}))), "x", { signal: stop.signal });
    stop.abort(new Error("stopped"));
    await expect(hanging).rejects.toThrow("stopped");
    expect([vi.getTimerCount(), getEventListeners(stop.signal, "abort").length]).toEqual([0, 0]);
  });
});

import { getEventListeners } from "node:events";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { sleep, untilAborted, withDeadline } from "./until-aborted.ts";

const listeners = (signal: AbortSignal): number => getEventListeners(signal, "abort").length;

describe("waiting that can be called off", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("gives what the work gives, and leaves no listener", async () => {
    const { signal } = new AbortController();
    expect(await untilAborted(signal, () => 7)).toBe(7);
    expect(await untilAborted(signal, async () => 8)).toBe(8);
    await expect(untilAborted(signal, () => JSON.parse("{") as number)).rejects.toThrow("JSON");
    expect(listeners(signal)).toBe(0);
  });

  it("does not begin where the signal has fired", async () => {
    const work = vi.fn(() => 7);
    await expect(untilAborted(AbortSignal.abort(new Error("stopped")), work)).rejects.toThrow("stopped");
    expect(work).not.toHaveBeenCalled();
  });

  it("ends with the signal although the work ignores it; work that answers the signal comes too late", async () => {
    const stop = new AbortController();
    const ignoring = untilAborted(stop.signal, () => new Promise(() => {}));
    const answering = untilAborted(
      stop.signal,
      () => new Promise((resolve) => stop.signal.addEventListener("abort", () => resolve("partial"), { once: true })),
    );
    stop.abort(new Error("stopped"));
    await expect(ignoring).rejects.toThrow("stopped");
    await expect(answering).rejects.toThrow("stopped");
    expect(listeners(stop.signal)).toBe(0);
  });

  it("a pause ends by time or by the signal, and leaves no timer", async () => {
    const stop = new AbortController();
    const [one, other] = [sleep(10, stop.signal), sleep(1000, stop.signal)];
    await vi.advanceTimersByTimeAsync(10);
    expect(await one).toBeUndefined();
    const ended = expect(other).rejects.toThrow("stopped");
    stop.abort(new Error("stopped"));
    await ended;
    expect([vi.getTimerCount(), listeners(stop.signal)]).toEqual([0, 0]);
  });

  it("a deadline tells the work so, and so does the outer signal", async () => {
    const stop = new AbortController();
    const reasons: unknown[] = [];
    const work = (signal: AbortSignal) =>
      new Promise<never>(() => signal.addEventListener("abort", () => reasons.push((signal.reason as Error).message)));
    const late = expect(withDeadline(stop.signal, 10, () => new Error("late"), work)).rejects.toThrow("late");
    const stopped = expect(withDeadline(stop.signal, 99, () => new Error("late"), work)).rejects.toThrow("stopped");
    await vi.advanceTimersByTimeAsync(10);
    stop.abort(new Error("stopped"));
    await Promise.all([late, stopped]);
    expect(reasons).toEqual(["late", "stopped"]);
    expect([vi.getTimerCount(), listeners(stop.signal)]).toEqual([0, 0]);
  });
});

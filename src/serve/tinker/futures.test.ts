import { describe, expect, it } from "vitest";
import type { Clock } from "../../std/clock.ts";
import type { FutureResult } from "./future-result.ts";
import { Futures } from "./futures.ts";
import { TinkerError } from "./tinker-error.ts";

const RESULT: FutureResult = { kind: "json", body: { done: true } };
const forever = new AbortController().signal;

function opened(most = 10): { futures: Futures; clock: { now: number }; reports: unknown[] } {
  const clock = { now: 0 };
  const time: Clock = { nowMs: () => clock.now, timestamp: () => "" };
  const reports: unknown[] = [];
  const report = (thrown: unknown): void => void reports.push(thrown);
  return { futures: new Futures({ clock: time, prefix: "17", keepMs: 1000, most, report }), clock, reports };
}

describe("futures", () => {
  it("can be asked for again until a while after they were handed over", async () => {
    const { futures, clock } = opened();
    const id = futures.add(Promise.resolve(RESULT));
    expect(id).toBe("170000001");
    expect(await futures.retrieve(id, 1000, forever)).toBe(RESULT);
    clock.now = 1000;
    futures.checkRoom();
    expect(await futures.retrieve(id, 0, forever)).toBe(RESULT);
    clock.now = 1001;
    futures.checkRoom();
    await expect(futures.retrieve(id, 0, forever)).rejects.toThrow("Future not found");
  });

  it("that nobody asks for are forgotten, too", async () => {
    const { futures, clock } = opened(1);
    const id = futures.add(Promise.resolve(RESULT));
    await Promise.resolve();
    expect(() => futures.checkRoom()).toThrow("try later");
    clock.now = 30 * 60_000 + 1;
    futures.checkRoom();
    await expect(futures.retrieve(id, 0, forever)).rejects.toThrow("Future not found");
  });

  it("are waited for no longer than was said, or until who asks has gone", async () => {
    const { futures } = opened();
    let end: (result: FutureResult) => void = () => {};
    const id = futures.add(new Promise((resolve) => (end = resolve)));
    expect(await futures.retrieve(id, 1, forever)).toBeNull();
    const gone = new AbortController();
    const asked = futures.retrieve(id, 60_000, gone.signal);
    gone.abort();
    expect(await asked).toBeNull();
    const waiting = futures.retrieve(id, 60_000, forever);
    end(RESULT);
    expect(await waiting).toBe(RESULT);
  });

  it("fail with what they failed with, each time; only the server's own faults are reported", async () => {
    const { futures, reports } = opened();
    const asked = futures.add(Promise.reject(new TinkerError(400, "no")));
    const broken = futures.add(Promise.reject(new RangeError("a bug")));
    for (let i = 0; i < 2; i++) await expect(futures.retrieve(asked, 1000, forever)).rejects.toThrow("no");
    await expect(futures.retrieve(broken, 1000, forever)).rejects.toMatchObject({ status: 500, detail: "a bug" });
    expect(reports).toEqual([new RangeError("a bug")]);
  });
});

import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { LateFailure } from "../late-failure.ts";
import { callIt, fakeTool, handClock } from "../testing/fake-tool.ts";
import { around } from "./around.ts";
import { limit } from "./limit.ts";
import { metered, RunAccount, whileFunded } from "./run-account.ts";

describe("the budget of a run", () => {
  it("is never overdrawn by calls at the same time, whatever fails", async () => {
    const run = fc.record({
      calls: fc.integer({ min: 1, max: 20 }),
      cost: fc.integer({ min: 1, max: 40 }),
      price: fc.integer({ min: 1, max: 3 }),
      fails: fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(run, async ({ calls, cost, price, fails }) => {
        const account = new RunAccount({ calls, cost }, price);
        const made = vi.fn(async ({ q }: { q: string }) => {
          await Promise.resolve();
          if (fails[Number(q)] === true) throw new Error("no");
          return "fact";
        });
        const wrap = [whileFunded(account), limit({ concurrency: 3 }), metered(account, handClock())];
        const look = around(fakeTool(made), wrap);
        await Promise.allSettled(fails.map((_, i) => callIt(look, `${i}`)));
        const affordable = Math.min(calls, Math.floor(cost / price), fails.length);
        expect(made).toHaveBeenCalledTimes(affordable);
        expect(account.spent).toMatchObject({ calls: affordable, cost: affordable * price });
      }),
      { numRuns: 50 },
    );
  });

  it("goes on from what was spent before", async () => {
    const account = new RunAccount({ calls: 3 }, 0, { calls: 2, seconds: 0, cost: 0 });
    const look = metered(account, handClock())(fakeTool());
    expect((await callIt(look, "x")).text).toBe("got x");
    await expect(callIt(look, "x")).rejects.toThrow("the budget of this run is used up: 3 calls");
  });

  it("seconds: no call begins after they are used up; that is wall time's doing", async () => {
    const clock = handClock();
    const account = new RunAccount({ seconds: 1 }, 0);
    const look = metered(
      account,
      clock,
    )(
      fakeTool(() => {
        clock.ms += 700;
        return "fact";
      }),
    );
    await callIt(look, "x");
    await callIt(look, "x");
    expect(account.spent).toEqual({ calls: 2, seconds: 1.4, cost: 0 });
    await expect(callIt(look, "x")).rejects.toThrow("the budget of this run is used up: 1 seconds of tools");
    await expect(callIt(look, "x")).rejects.toBeInstanceOf(LateFailure);
  });

  it("what can no longer be paid does not wait in the queue", async () => {
    const account = new RunAccount({ calls: 1 }, 0);
    const wrap = [whileFunded(account), limit({ concurrency: 1 }), metered(account, handClock())];
    const look = around(
      fakeTool(() => new Promise(() => {})),
      wrap,
    );
    const stop = new AbortController();
    const hanging = callIt(look, "x", { signal: stop.signal }).catch(() => "stopped");
    // The queue is taken by the call that hangs, and the refusal comes at once.
    await expect(callIt(look, "y")).rejects.toThrow("used up");
    stop.abort(new Error("stopped"));
    expect(await hanging).toBe("stopped");
  });
});

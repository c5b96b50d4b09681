import { describe, expect, it, vi } from "vitest";
import { ToolFailure } from "../tool-failure.ts";
import { callIt, fakeTool, handClock, placeAfter } from "../testing/fake-tool.ts";
import { aroundAll, type AroundServices } from "./around-all.ts";
import type { BudgetFailure } from "./budget-failure.ts";
import { Ledger } from "./ledger.ts";
import type { Said, TrafficCall, TrafficLog } from "./traffic.ts";

function all(tools: Parameters<typeof aroundAll>[0], options: object, more: AroundServices = {}) {
  const ledger = new Ledger();
  return { tools: aroundAll(tools, options, { clock: handClock(), ledger, ...more }), ledger };
}

/** A log in memory that writes everything down. */
function memoryLog(known: readonly Said[] = []) {
  const asked: TrafficCall[] = [];
  const said: Said[] = [];
  const log: TrafficLog = {
    slot(call) {
      asked.push(call);
      const recorded = known[asked.length - 1];
      if (recorded !== undefined) return { kind: "recorded", said: recorded };
      return { kind: "open", record: (one) => void said.push(one) };
    },
    spent: () => ({ calls: 0, seconds: 0, cost: 0 }),
  };
  return { log, asked, said };
}

const whole = {
  timeoutMs: 1000,
  retry: { tries: 3, firstDelayMs: 0, maxDelayMs: 0 },
  concurrency: 2,
  rate: { calls: 1000, perMs: 1000 },
  price: 1,
  budget: { path: { calls: 3 }, run: { cost: 4 } },
  truncate: { tokens: 32 },
  cache: {},
};
const countTokens = (text: string): number => text.length;

describe("everything around tools", () => {
  it("a cached call costs nothing and is cut again, but counts on its path", async () => {
    const look = vi.fn(() => "x".repeat(100));
    const { tools, ledger } = all([fakeTool(look)], { ...whole, truncate: { tokens: 64 } }, { countTokens });
    const [stacked = fakeTool()] = tools;
    const first = await callIt(stacked, "a", { place: placeAfter([]) });
    expect(first.text).toMatch(/^x+ \[… \d+ characters left out …\] $/);
    expect(await callIt(stacked, "a", { place: placeAfter(["look"]) })).toEqual(first);
    await expect(callIt(stacked, "a", { place: placeAfter(["look", "look", "look"]) })).rejects.toThrow("this path");
    expect(look).toHaveBeenCalledTimes(1);
    expect(ledger.read()["look"]).toMatchObject({ calls: 3, ok: 2, cached: 1, cost: 1, failed: { budget: 1 } });
    expect(ledger.read()["look"]?.tokensCut).toBeGreaterThan(100);
  });

  it("every try is charged; the run's budget stops the tries, and that is what the policy is told", async () => {
    const look = vi.fn(() => Promise.reject(new ToolFailure("busy", { retryable: true })));
    const { tools, ledger } = all([fakeTool(look)], { ...whole, truncate: undefined });
    const [stacked = fakeTool()] = tools;
    await expect(callIt(stacked, "a")).rejects.toThrow("busy");
    await expect(callIt(stacked, "b")).rejects.toThrow("the budget of this run is used up: it costs at most 4");
    expect(look).toHaveBeenCalledTimes(4);
    expect(ledger.read()["look"]).toMatchObject({
      calls: 2,
      retries: 2,
      cost: 4,
      failed: { unavailable: 1, budget: 1 },
    });
  });

  it("budgets and limits are shared by the tools that are put in together", async () => {
    const { tools } = all([fakeTool(), fakeTool(() => "page", "open")], { budget: { run: { calls: 2 } } });
    const [look = fakeTool(), open = fakeTool()] = tools;
    await callIt(look, "a");
    await callIt(open, "a");
    await expect(callIt(look, "b")).rejects.toThrow("the budget of this run is used up: 2 calls");
  });

  it("what is recorded is what the path is told, and a replay touches nothing", async () => {
    const { log, said, asked } = memoryLog();
    const look = vi.fn(({ q }: { q: string }) => {
      if (q === "bad") throw new Error("no such page");
      return "x".repeat(100);
    });
    const options = { ...whole, truncate: { tokens: 64 } };
    const [recording = fakeTool()] = all([fakeTool(look)], options, { countTokens, traffic: log }).tools;
    const place = placeAfter([], "rollout/1/q/0");
    const shown = await callIt(recording, "a", { place });
    await expect(callIt(recording, "bad", { place, call: 1 })).rejects.toThrow("no such page");
    const over = { place: placeAfter(["look", "look", "look"]), call: 3 };
    await expect(callIt(recording, "a", over)).rejects.toThrow("this path");
    expect(asked[0]).toEqual({ path: "rollout/1/q/0", call: 0, tool: "look", input: { q: "a" } });
    expect(said).toEqual([
      { ms: 0, paid: { calls: 1, seconds: 0, cost: 1 }, text: shown.text },
      { ms: 0, paid: { calls: 1, seconds: 0, cost: 1 }, failed: "no such page" },
      { ms: 0, paid: { calls: 0, seconds: 0, cost: 0 }, failed: "the budget of this path is used up: 3 calls" },
    ]);
    const untouched = vi.fn();
    const replay = { countTokens, traffic: memoryLog(said).log };
    const { tools, ledger } = all([fakeTool(untouched)], options, replay);
    const [replaying = fakeTool()] = tools;
    expect(await callIt(replaying, "a", { place })).toEqual(shown);
    await expect(callIt(replaying, "bad", { place, call: 1 })).rejects.toThrow("no such page");
    await expect(callIt(replaying, "a", over)).rejects.toMatchObject({
      message: "the budget of this path is used up: 3 calls",
    } satisfies Partial<BudgetFailure>);
    expect(untouched).not.toHaveBeenCalled();
    expect(ledger.read()["look"]).toMatchObject({ calls: 3, ok: 1, replayed: 3, cost: 0 });
  });

  it("the run's budget goes on from what the recorded traffic used", async () => {
    const { log } = memoryLog();
    const used = { ...log, spent: () => ({ calls: 2, seconds: 0, cost: 0 }) };
    const [look = fakeTool()] = all([fakeTool()], { budget: { run: { calls: 3 } } }, { traffic: used }).tools;
    await callIt(look, "a");
    await expect(callIt(look, "b")).rejects.toThrow("the budget of this run is used up: 3 calls");
  });

  it("options that are wrong are an error that names them", () => {
    expect(() => all([fakeTool()], { retry: { tries: 0 } })).toThrow(
      "around: ✖ Too small: expected number to be >=2\n  → at retry.tries",
    );
  });

  it("an option whose service is missing is an error that says so", () => {
    expect(() => all([fakeTool()], { truncate: { tokens: 64 } })).toThrow(
      "truncate: there is nothing that counts tokens\n  to fix: pass countTokens, such as (text) => tokenizer.encode(text).length",
    );
    expect(() => all([fakeTool()], { cache: { file: "cache.jsonl" } })).toThrow(
      "cache.file: cache.jsonl has not been opened\n  to fix: pass store, as openResultFile gives it; or leave cache.file out for a cache in memory",
    );
  });

  it("stopping while calls wait, pause and run ends them all and leaves nothing", async () => {
    const stop = new AbortController();
    const { log, said } = memoryLog();
    const look = fakeTool(({ q }) => {
      if (q === "busy") throw new ToolFailure("busy", { retryable: true, retryAfterMs: 5_000 });
      return new Promise(() => {});
    });
    const options = { ...whole, retry: { tries: 2, firstDelayMs: 1000, maxDelayMs: 9000 }, truncate: undefined };
    const { tools, ledger } = all([look], { ...options, budget: undefined }, { traffic: log });
    const [stacked = fakeTool()] = tools;
    const calls = ["a", "busy", "b", "c", "c"].map((q) => callIt(stacked, q, { signal: stop.signal }));
    const ends = Promise.allSettled(calls);
    await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort(new Error("interrupted"));
    for (const end of await ends) expect(end).toMatchObject({ status: "rejected", reason: { message: "interrupted" } });
    expect(said).toEqual([]);
    expect(ledger.read()["look"]).toMatchObject({ calls: 5, failed: { stopped: 5 } });
  });
});

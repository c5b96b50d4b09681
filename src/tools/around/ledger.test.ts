import { describe, expect, it } from "vitest";
import { LateFailure } from "../late-failure.ts";
import { ToolFailure } from "../tool-failure.ts";
import { callIt, fakeTool, handClock } from "../testing/fake-tool.ts";
import { around } from "./around.ts";
import { BudgetFailure } from "./budget-failure.ts";
import { failureKind } from "./failure-kind.ts";
import { addLatencies, noLatencies, percentile, withLatency } from "./latencies.ts";
import { addLedgers, Ledger, ledger } from "./ledger.ts";
import { ledgerTable } from "./ledger-table.ts";
import { retry } from "./retry.ts";
import { metered, RunAccount } from "./run-account.ts";

describe("the ledger", () => {
  it("says what the calls of each tool did, at any time", async () => {
    const [book, clock] = [new Ledger(), handClock()];
    const busy = new ToolFailure("busy", { retryable: true });
    let tries = 0;
    const look = fakeTool(({ q }) => {
      clock.ms += 10;
      if (q === "bad" || (q === "flaky" && tries++ === 0)) throw q === "bad" ? new Error("no") : busy;
      return "fact";
    });
    const account = new RunAccount({}, 0.5);
    const again = retry({ tries: 2, firstDelayMs: 0, maxDelayMs: 0 }, 1);
    const stacked = around(look, [ledger(book, clock), again, metered(account, clock)]);
    expect(book.read()).toEqual({});
    await callIt(stacked, "good");
    const before = book.read();
    await callIt(stacked, "flaky");
    await expect(callIt(stacked, "bad")).rejects.toThrow("no");
    expect(before["look"]).toMatchObject({ calls: 1, ok: 1 });
    expect(book.read()["look"]).toMatchObject({
      calls: 3,
      ok: 2,
      failed: { error: 1 },
      retries: 1,
      cached: 0,
      replayed: 0,
      cost: 2,
      seconds: 0.04,
      latencies: { count: 3, maxMs: 20 },
    });
  });

  it("adds up", async () => {
    const [one, other] = [new Ledger(), new Ledger()];
    const clock = handClock();
    await callIt(ledger(one, clock)(fakeTool()), "x");
    await callIt(ledger(other, clock)(fakeTool()), "x");
    await callIt(ledger(other, clock)(fakeTool(() => "", "open")), "x");
    const sum = addLedgers(one.read(), other.read());
    expect(Object.entries(sum).map(([tool, { calls }]) => [tool, calls])).toEqual([
      ["look", 2],
      ["open", 1],
    ]);
  });

  it("counts failures by kind", () => {
    const { signal } = new AbortController();
    const broken = Object.assign(new Error("fetch failed"), { cause: { code: "ECONNRESET" } });
    const kinds: [unknown, AbortSignal, string][] = [
      [new LateFailure("late"), signal, "late"],
      [new BudgetFailure("over"), signal, "budget"],
      [broken, signal, "network"],
      [new ToolFailure("busy", { retryable: true }), signal, "unavailable"],
      [new ToolFailure("no key", { retryable: false }), signal, "refused"],
      [new TypeError("bug"), signal, "error"],
      [new Error("whatever"), AbortSignal.abort(new Error("interrupted")), "stopped"],
      [new Error("whatever"), AbortSignal.abort(new LateFailure("late")), "late"],
    ];
    for (const [thrown, its, kind] of kinds) expect(failureKind(thrown, its)).toBe(kind);
  });

  it("prints a table", async () => {
    const [book, clock] = [new Ledger(), handClock()];
    const look = ledger(
      book,
      clock,
    )(
      fakeTool(({ q }) => {
        clock.ms += Number(q);
        if (q === "120") throw new Error("no");
        return "fact";
      }),
    );
    for (const q of ["10", "10", "120"]) await callIt(look, q).catch(() => null);
    await callIt(ledger(book, clock)(fakeTool(() => "", "open")), "x");
    expect(`\n${ledgerTable(book.read())}`).toBe(`
tool  calls  ok  failed  retries  cached  replayed   p50  p95  max  cost  cut
look      3   2       1        0       0         0  9.91  119  120     0    0
open      1   1       0        0       0         0     0    0    0     0    0
all       4   3       1        0       0         0  9.91  119  120     0    0
look failed: 1 error`);
  });
});

describe("latencies", () => {
  it("percentiles are right to within 2.5 %, in parts that are added as in the whole", () => {
    const values = Array.from({ length: 1000 }, (_, i) => 0.5 + i * 3);
    const all = values.reduce(withLatency, noLatencies);
    const halves = [values.filter((_, i) => i % 2 === 0), values.filter((_, i) => i % 2 === 1)];
    const [a = noLatencies, b = noLatencies] = halves.map((half) => half.reduce(withLatency, noLatencies));
    expect(addLatencies(a, b)).toEqual(all);
    for (const share of [0.01, 0.5, 0.95, 1]) {
      const exact = values[Math.ceil(share * values.length) - 1] ?? 0;
      expect(Math.abs((percentile(all, share) ?? 0) / exact - 1)).toBeLessThan(0.025);
    }
    expect(percentile(noLatencies, 0.5)).toBeNull();
  });
});

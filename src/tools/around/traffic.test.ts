import { describe, expect, it } from "vitest";
import { LateFailure } from "../late-failure.ts";
import { StopRun } from "../stop-run.ts";
import { callIt, fakeTool, handClock } from "../testing/fake-tool.ts";
import { type Said, traffic, type TrafficSlot } from "./traffic.ts";

const paid = { calls: 0, seconds: 0, cost: 0 };

function past(slot: TrafficSlot, look = fakeTool()) {
  return traffic({ slot: () => slot, spent: () => paid }, handClock())(look);
}

/** What is written down of a call of the tool. */
async function recorded(look: ReturnType<typeof fakeTool>, settings: Parameters<typeof callIt>[2] = {}) {
  const said: Said[] = [];
  const slot: TrafficSlot = { kind: "open", record: (one) => void said.push(one) };
  const end = await callIt(past(slot, look), "x", settings).catch((thrown: unknown) => thrown);
  return { said, end };
}

describe("traffic", () => {
  it("a state that the tool gave comes back, a fresh one each time; one that it left stays the path's", async () => {
    const counted = fakeTool((_, { state }) => ({
      text: "fact",
      state: { seen: [...(state as { seen: [] }).seen, 1] },
    }));
    const { said } = await recorded(counted, { state: { seen: [] } });
    expect(said).toEqual([{ ms: 0, paid, text: "fact", state: { seen: [1] } }]);
    const [one] = said;
    if (one === undefined) throw new Error("nothing was said");
    expect(await callIt(past({ kind: "recorded", said: one }), "x")).toEqual({ text: "fact", state: { seen: [1] } });
    const kept = await recorded(fakeTool(), { state: 7 });
    expect(kept.said).toEqual([{ ms: 0, paid, text: "got x" }]);
    const again = past({ kind: "recorded", said: { ms: 0, paid, text: "got x" } });
    expect(await callIt(again, "x", { state: 7 })).toEqual({ text: "got x", state: 7 });
  });

  it("a state that JSON cannot say stops the run: it could not be replayed", async () => {
    const { said, end } = await recorded(fakeTool(() => ({ text: "fact", state: new Map() })));
    expect(end).toBeInstanceOf(StopRun);
    expect((end as Error).message).toMatch(/^look keeps a state that JSON cannot say: its calls cannot be recorded\n/);
    expect(said).toEqual([]);
  });

  it("a failure of wall time is one again", async () => {
    const { said } = await recorded(fakeTool(() => Promise.reject(new LateFailure("no answer within 5 ms"))));
    expect(said).toEqual([{ ms: 0, paid, failed: "no answer within 5 ms", late: true }]);
    const [one] = said;
    if (one === undefined) throw new Error("nothing was said");
    await expect(callIt(past({ kind: "recorded", said: one }), "x")).rejects.toBeInstanceOf(LateFailure);
  });

  it("a call whose time is up is recorded as that, whatever the tool says then", async () => {
    const stop = new AbortController();
    const answering = fakeTool(
      (_, { signal }) => new Promise((resolve) => signal.addEventListener("abort", () => resolve("partial"))),
    );
    const done = recorded(answering, { signal: stop.signal });
    stop.abort(new LateFailure("no answer within 9 ms"));
    expect((await done).said).toEqual([{ ms: 0, paid, failed: "no answer within 9 ms", late: true }]);
  });

  it("a call that ended because the run did is not recorded, nor is one that stopped it", async () => {
    const stop = new AbortController();
    const done = recorded(
      fakeTool(() => new Promise(() => {})),
      { signal: stop.signal },
    );
    stop.abort(new Error("interrupted"));
    expect((await done).said).toEqual([]);
    expect((await recorded(fakeTool(() => Promise.reject(new StopRun("no"))))).said).toEqual([]);
  });

  it("what is missing is thrown as the log says", async () => {
    const failure = new StopRun("the file has no such call");
    await expect(callIt(past({ kind: "missing", failure }), "x")).rejects.toBe(failure);
  });
});

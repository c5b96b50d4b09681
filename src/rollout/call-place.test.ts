import { describe, expect, it, vi } from "vitest";
import { StopRun } from "../tools/stop-run.ts";
import type { CallPlace } from "../tools/tool.ts";
import { placeNameOf } from "./call-place.ts";
import { byPath, type Counter, growOne, growSmall, testRules } from "./testing/small-world.ts";

const script = byPath({ 0: [0, 1, 0, "answer"], 1: ["answer"], 2: [0, "answer"] });
const rules = testRules({ groupSize: 3 });

type Context = { state: Counter; call: number; signal: AbortSignal; place?: CallPlace };

/** Tool that notes its places; the clock goes on by 5 ms at every call. */
function noting() {
  const places: { path: string; call: number; before: number; beforeMs: number }[] = [];
  let ms = 0;
  const look = (_: string, context: Context): string => {
    ms += 5;
    const { path = "", before = [], beforeMs = -1 } = context.place ?? {};
    places.push({ path, call: context.call, before: before.length, beforeMs });
    return `n${context.state.calls++}`;
  };
  return { places, look, clock: { nowMs: () => ms, timestamp: () => "" } };
}

describe("where a call stands", () => {
  it("is named for growth, step, question and path; a fork inherits the calls before it and their time", async () => {
    const { places, look, clock } = noting();
    await growOne(script, { rules, world: { look }, clock, step: 4 });
    expect(places).toEqual([
      { path: "rollout/4/small/0/0", call: 0, before: 0, beforeMs: 0 },
      { path: "rollout/4/small/0/0", call: 1, before: 1, beforeMs: 5 },
      { path: "rollout/4/small/0/0", call: 2, before: 2, beforeMs: 10 },
      { path: "rollout/4/small/0/2", call: 1, before: 1, beforeMs: 5 },
    ]);
  });

  it("tells a question that is twice in a batch apart, and growths that share name and step", async () => {
    const { places, look, clock } = noting();
    const none = byPath({ 0: [0] });
    await growSmall(none, { rules, world: { look }, clock, questions: 2, placeName: "eval/5/test" });
    expect(places.map(({ path }) => path)).toEqual(["eval/5/test/small/0/0", "eval/5/test/small/1/0"]);
  });

  it("a step that is made again after the run went back is another place", () => {
    const names = [placeNameOf("rollout", 3), placeNameOf("rollout", 3, 0), placeNameOf("rollout", 3, 2)];
    expect(names).toEqual(["rollout/3", "rollout/3", "rollout/3 after rollback 2"]);
  });

  it("AEPO-R8: calls made again to have a state again are not the path's own", async () => {
    const { places, look, clock } = noting();
    const environment = { initial: () => ({ calls: 0 }), replayable: true };
    await growOne(script, { rules, world: { look, environment }, clock });
    expect(places.filter(({ path }) => path.endsWith("again"))).toEqual([
      { path: "rollout/1/small/0/0 again", call: 0, before: 0, beforeMs: 0 },
    ]);
  });
});

describe("a call that stops the run", () => {
  const stop = (): never => {
    throw new StopRun("the record has no such call");
  };

  it("is no failed call: the growth ends with it", async () => {
    await expect(growOne(script, { rules, world: { look: stop } })).rejects.toThrow("the record has no such call");
  });

  it("ends it from a replay of a state, too", async () => {
    const environment = { initial: () => ({ calls: 0 }), replayable: true };
    const look = (_: string, { place, state }: Context): string =>
      place?.path.endsWith("again") === true ? stop() : `n${state.calls++}`;
    await expect(growOne(script, { rules, world: { environment, look } })).rejects.toThrow("the record has no such");
  });

  it("calls off what still runs", async () => {
    const told = vi.fn();
    const look = (_: string, { signal, place }: Context): unknown => {
      if (place?.path.endsWith("/0") === true)
        return new Promise((_, reject) => setTimeout(() => reject(new StopRun("no")), 5));
      return new Promise(() => signal.addEventListener("abort", told, { once: true }));
    };
    const both = byPath({ 0: [0], 1: [0] });
    await expect(growOne(both, { rules, world: { look }, overlap: true })).rejects.toThrow("no");
    expect(told).toHaveBeenCalledTimes(1);
  });
});

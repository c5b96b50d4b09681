import { describe, expect, it } from "vitest";
import { byPath, growOne, testRules } from "./testing/small-world.ts";
import { walk } from "./tree.ts";
import { wallTimeOf } from "./wall-time.ts";

const script = byPath({ 0: [0, 1, 1, 1, "answer"], 1: [0, 1, 1, "answer"] });

/** A clock that goes on by a second whenever it is looked at. */
function runningClock() {
  let seconds = 0;
  return { nowMs: () => 1000 * seconds++, timestamp: () => "" };
}

describe("wall time", () => {
  it("AEPO-R6, AEPO-R10: cuts a path before its next turn, in a recorded way", async () => {
    const tree = await growOne(script, { clock: runningClock(), pathTimeMs: 15_000 });
    // The clock is looked at when the roots start (0, 1), at both ends of every call and after its result: two roots take six
    // seconds a round. The second results are in at 12 and 13, the forks start (14, 15), the third are in at 20 − 0 and 21 − 1:
    // too late.
    expect(tree.paths.map(({ end, leaf }) => [end, walk(tree, leaf).length])).toEqual([
      ["time-limit", 3],
      ["time-limit", 3],
      ["answer", 2],
      ["answer", 2],
    ]);
    expect(wallTimeOf(tree).cuts).toEqual([
      { path: 0, turns: 3 },
      { path: 1, turns: 3 },
    ]);
  });

  it("AEPO-R10: with the record the same tree grows again, whatever the clock says", async () => {
    for (const probe of ["none", "keep", "discard"] as const) {
      const rules = testRules({ probe, groupSize: 6 });
      const first = await growOne(script, { rules, clock: runningClock(), pathTimeMs: 3500 });
      expect(wallTimeOf(first).cuts.length).toBeGreaterThan(0);
      const again = await growOne(script, { rules, pathTimeMs: 3500, recorded: [wallTimeOf(first)] });
      expect(JSON.stringify(again)).toBe(JSON.stringify(first));
      const uncut = await growOne(script, { rules });
      expect(JSON.stringify(uncut)).not.toBe(JSON.stringify(first));
    }
  });

  it("AEPO-R10: a discarded probe's cut is recorded under its own name", async () => {
    const rules = testRules({ probe: "discard" });
    const tree = await growOne(script, { rules, clock: runningClock(), pathTimeMs: 4500 });
    expect(tree.discarded?.end).toBe("time-limit");
    expect(wallTimeOf(tree).cuts[0]).toEqual({ path: 0, turns: expect.any(Number) });
    expect(wallTimeOf(tree).cuts.at(-1)).toEqual({ path: "probe", turns: 2 });
  });

  it("AEPO-R10: so is a call that was given up, and it is given up again without being made", async () => {
    const calls: number[] = [];
    const world = (slow: boolean) => ({
      look: (_: string, { call }: { call: number }) => {
        calls.push(call);
        return slow && call === 1 ? new Promise(() => {}) : "fact";
      },
    });
    const rules = testRules({ groupSize: 3, budget: () => 1 });
    const first = await growOne(script, { rules, world: world(true), toolTimeoutMs: 5 });
    // Call 1 is the second of path 0, and the first that its fork at result 0 makes itself.
    expect(wallTimeOf(first).late).toEqual([
      { path: 0, call: 1, why: "no answer within 5 ms" },
      { path: 1, call: 1, why: "no answer within 5 ms" },
    ]);
    calls.length = 0;
    const again = await growOne(script, { rules, world: world(false), recorded: [wallTimeOf(first)] });
    expect(JSON.stringify(again)).toBe(JSON.stringify(first));
    expect(calls).not.toContain(1);
    expect(calls.length).toBeGreaterThan(0);
  });
});

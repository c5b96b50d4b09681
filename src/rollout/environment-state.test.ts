import { describe, expect, it, vi } from "vitest";
import type { TurnScript } from "./scripted-turns.ts";
import { byPath, type Counter, growOne, growSmall, testRules } from "./testing/small-world.ts";
import { notesOf, type RolloutTree, walk } from "./tree.ts";

/** What the tool said along a path: `n0`, `n1`, … as long as its state belongs to it alone. */
function said(tree: RolloutTree, path: number): string[] {
  return walk(tree, tree.paths[path]?.leaf ?? 0).flatMap(({ result }) => result?.text.split(" ")[1] ?? []);
}

// Both roots look three times and branch at the first result (node 1); fork 2 looks once more on its own.
const script: TurnScript = byPath({ 0: [0, 1, 0, "answer"], 1: ["answer"], 2: [0, "answer"] });
const rules = testRules({ groupSize: 3 });

describe("the state of a path", () => {
  it("AEPO-R8: a forked environment goes on from the end of the result, each path with its own", async () => {
    const tree = await growOne(script, { rules });
    expect(tree.paths[2]?.origin).toEqual({ kind: "fork", from: 0, at: 1 });
    // The tool counts in place: a state shared with the root would have said n2 or n3 to the fork.
    expect(said(tree, 0)).toEqual(["n0", "n1", "n2"]);
    expect(said(tree, 2)).toEqual(["n0", "n1"]);
    expect(tree.ledger).toMatchObject({ toolCalls: 4, toolCallsSaved: 1 });
  });

  it("AEPO-R7: the call before a fork is made once", async () => {
    const look = vi.fn((_: string, { state }: { state: Counter }) => `n${state.calls++}`);
    const tree = await growOne(script, { rules, world: { look } });
    expect(look).toHaveBeenCalledTimes(4);
    expect(tree.ledger.toolCalls).toBe(4);
  });

  it("AEPO-R8: without a fork the recorded calls are made again, and the ledger says so", async () => {
    const look = vi.fn((_: string, { state }: { state: Counter }) => `n${state.calls++}`);
    const environment = { initial: () => ({ calls: 0 }), replayable: true };
    const tree = await growOne(script, { rules, world: { environment, look } });
    expect(said(tree, 2)).toEqual(["n0", "n1"]);
    expect(look).toHaveBeenCalledTimes(5);
    expect(tree.ledger).toMatchObject({ toolCalls: 5, toolCallsSaved: 0 });
    expect(tree.notes).toBeUndefined();
  });

  it("AEPO-R8: a failed call left no trace and is not made again", async () => {
    const look = vi.fn((_: string, { call, state }: { call: number; state: Counter }) => {
      if (call === 0) throw new Error("busy");
      return `n${state.calls++}`;
    });
    const later = byPath({ 0: [0, 0, 1, "answer"], 1: ["answer"], 2: [0, "answer"] });
    const tree = await growOne(later, {
      rules,
      world: { environment: { initial: () => ({ calls: 0 }), replayable: true }, look },
    });
    expect(tree.paths[2]?.origin).toEqual({ kind: "fork", from: 0, at: 3 });
    expect(said(tree, 2)).toEqual(["error", "n0", "n1"]);
    // Three calls of the root, one replayed, one of the fork.
    expect(look).toHaveBeenCalledTimes(5);
  });

  it("AEPO-R8: an environment that can do neither is never branched, and the run says so once", async () => {
    const trees = await growSmall(script, {
      rules,
      questions: 2,
      world: { environment: { initial: () => ({ calls: 0 }) } },
    });
    for (const tree of trees) {
      expect(tree.paths.map(({ origin }) => origin.kind)).toEqual(["root", "root", "root"]);
      expect(tree.decisions[0]).toMatchObject({ wanted: true, forks: 0, blockedBy: "state" });
    }
    expect(notesOf(trees)).toEqual([
      "task small: the environment has neither fork nor replayable calls: it is never branched",
    ]);
  });

  it("AEPO-R3, AEPO-R8: where the state says no, l becomes 0", async () => {
    const twice = byPath({ 0: [0, 1, 1, "answer"], 1: ["answer"] });
    const tree = await growOne(twice, { rules, world: { environment: { initial: () => ({ calls: 0 }) } } });
    expect(tree.decisions.map(({ consecutive, wanted }) => [consecutive, wanted])).toEqual([
      [0, true],
      [0, true],
      [0, false],
    ]);
  });

  it("AEPO-R8: a replay that says something else is not trusted", async () => {
    let calls = 0;
    const environment = { initial: () => ({ calls: 0 }), replayable: true };
    const tree = await growOne(script, { rules, world: { environment, look: () => `n${calls++}` } });
    expect(tree.decisions[0]).toMatchObject({ forks: 0, blockedBy: "state" });
    expect(tree.notes).toEqual(["task small: a replayed call of look gave another result: it is not branched there"]);
  });

  it("AEPO-R8: nor does a fork that fails bring the run down", async () => {
    const environment = {
      initial: () => ({ calls: 0 }),
      fork: (): Counter => {
        throw new Error("out of disk");
      },
    };
    const tree = await growOne(script, { rules, world: { environment } });
    expect(tree.paths).toHaveLength(3);
    expect(tree.notes).toEqual(["task small: the environment could not be forked: out of disk"]);
  });

  it("AEPO-R6: an environment that cannot be built ends its path", async () => {
    let built = 0;
    const environment = {
      initial: (): Counter => {
        if (built++ === 0) throw new Error("no sandbox left");
        return { calls: 0 };
      },
      fork: ({ calls }: Counter) => ({ calls }),
    };
    const tree = await growOne(byPath({}), { rules, world: { environment } });
    expect(tree.paths.map(({ end, leaf }) => [end, leaf])).toEqual([
      ["tool-failure", 0],
      ["answer", 1],
      ["answer", 2],
    ]);
    expect(tree.notes).toEqual(["task small, question small/0: the environment cannot be built: no sandbox left"]);
  });

  it("AEPO-R1, AEPO-R6: nor does a probe that could not start", async () => {
    const environment = {
      initial: (): Counter => {
        throw new Error("no sandbox left");
      },
    };
    for (const probe of ["keep", "discard"] as const) {
      const tree = await growOne(byPath({}), { rules: testRules({ probe }), world: { environment } });
      expect(tree.paths.map(({ end }) => end)).toEqual(new Array(4).fill("tool-failure"));
      expect(tree.budget).toMatchObject({ rootEntropy: null, toolSteps: 0 });
    }
  });
});

import { describe, expect, it } from "vitest";
import type { TurnScript } from "./scripted-turns.ts";
import { answer, byPath, growOne, growSmall, look, testRules } from "./testing/small-world.ts";
import type { RolloutTree } from "./tree.ts";

function decided({ decisions }: RolloutTree): string[] {
  return decisions.map(({ path, turn, forks }) => `${path}.${turn}${forks > 0 ? " forks" : ""}`);
}

/** Paths in the order in which they asked for turns: `path.turn`. */
async function asked(script: TurnScript, growth: Parameters<typeof growSmall>[1]): Promise<string[]> {
  const order: string[] = [];
  const recording: TurnScript = (place) => {
    order.push(`${place.question === 0 ? "" : `${place.question}/`}${place.path}.${place.turn}`);
    return script(place);
  };
  await growSmall(recording, growth);
  return order;
}

describe("the order of AEPO-R9", () => {
  // Two roots with two steps of high entropy each, and a budget of two.
  const two = byPath({ 0: [0, 1, 1, "answer"], 1: [0, 1, 1, "answer"] });

  it("AEPO-R9 synchronous: the roots share a round, in order of creation", async () => {
    const tree = await growOne(two);
    expect(decided(tree)).toEqual(["0.0 forks", "1.0 forks", "0.1", "1.1", "0.2", "1.2"]);
  });

  it("AEPO-R9 depthFirst: the first root spends the budget", async () => {
    const script: TurnScript = (place) =>
      place.root === null ? { text: answer, entropy: 0 } : two({ ...place, path: 0 });
    const tree = await growOne(script, { rules: testRules({ order: "depthFirst" }) });
    // Paths 1 and 2 are its forks, path 3 is the second root.
    expect(decided(tree)).toEqual(["0.0 forks", "0.1 forks", "0.2", "3.0", "3.1", "3.2"]);
  });

  it("AEPO-R9 synchronous: a slow path of a round is waited for", async () => {
    // Path 0 thinks long before its second turn: path 1 has measured two rounds by then, and still comes second.
    const script: TurnScript = (place) => {
      const turn = two(place);
      return place.path === 0 && place.turn === 1 ? { ...turn, text: `x x x x x x x x x x x x ${look}` } : turn;
    };
    const tree = await growOne(script, { rules: testRules({ groupSize: 3 }) });
    expect(decided(tree)).toEqual(["0.0 forks", "1.0", "0.1", "1.1", "0.2", "1.2"]);
  });

  it("AEPO-R9 synchronous: a fork is a live path of the next round", async () => {
    // Path 1 holds up round 0 until path 0 has measured rounds 0, 1 and 2. Then path 0 forks path 2 in round 0, and the
    // second branch is path 2's (round 1), not path 0's (round 2).
    const script: TurnScript = (place) => {
      const { path, turn } = place;
      if (path === 1) return { entropy: 0, text: turn === 0 ? look : `${"x ".repeat(60)}${answer}` };
      return byPath({ 0: [0, 1, 0, 1, "answer"], 2: [0, 1, "answer"] })(place);
    };
    const tree = await growOne(script);
    expect(decided(tree).slice(0, 4)).toEqual(["0.0 forks", "1.0", "0.1", "2.1 forks"]);
    expect(tree.paths[3]?.origin).toMatchObject({ kind: "fork", from: 2 });
  });

  it("AEPO-R9 depthFirst: the path goes on, then its forks, newest first, then the next root", async () => {
    const script = byPath({ 0: [0, 1, 1, "answer"] });
    const rules = testRules({ order: "depthFirst" });
    expect(await asked(script, { rules })).toEqual(["0.0", "0.1", "0.2", "0.3", "2.0", "1.0", "3.0"]);
  });

  it("AEPO-R9 depthFirst: a fork's forks come before its older siblings", async () => {
    // Fork 2 (the newest of the root) makes fork 3, which runs before fork 1.
    const script = byPath({ 0: [0, 1, 1, "answer"], 2: [0, 1, "answer"] });
    const rules = testRules({ order: "depthFirst", groupSize: 5 });
    expect((await asked(script, { rules })).filter((one) => one.endsWith(".0"))).toEqual([
      "0.0",
      "2.0",
      "3.0",
      "1.0",
      "4.0",
    ]);
  });

  it("AEPO-R9 depthFirst: other questions run meanwhile", async () => {
    const rules = testRules({ order: "depthFirst" });
    expect((await asked(two, { rules, questions: 2 })).slice(0, 4)).toEqual(["0.0", "1/0.0", "0.1", "1/0.1"]);
  });

  it("AEPO-R5: what is left is filled up all at once, in both orders", async () => {
    for (const order of ["synchronous", "depthFirst"] as const) {
      const rules = testRules({ order, groupSize: 5 });
      const script = byPath({ 2: [0], 3: [0] });
      // The three fill-ups ask for their first turn before any of them goes on.
      expect((await asked(script, { rules })).slice(2)).toEqual(["2.0", "3.0", "4.0", "2.1", "3.1"]);
    }
  });
});

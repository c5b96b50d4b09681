import { describe, expect, it } from "vitest";
import type { ScriptedTurn } from "./scripted-turns.ts";
import { answer, growOne, look, type SmallWorld, testRules } from "./testing/small-world.ts";
import { walk } from "./tree.ts";

/** How a path of these turns ends: reason, turns, results. */
async function endOf(turns: readonly string[], world: SmallWorld = {}): Promise<[string, number, number]> {
  const script = ({ turn }: { turn: number }): ScriptedTurn => ({ entropy: 0, text: turns[turn] ?? answer });
  const tree = await growOne(script, { world, rules: testRules({ groupSize: 1, budget: () => 1 }) });
  const path = tree.paths[0];
  const nodes = walk(tree, path?.leaf ?? 0);
  return [path?.end ?? "", nodes.length, nodes.filter(({ result }) => result !== null).length];
}

// The prompt has 1 token, a turn and a result 3 each.
describe("why a path ends (AEPO-R6)", () => {
  it("answer", async () => {
    expect(await endOf([look, look, answer])).toEqual(["answer", 3, 2]);
  });

  it("invalid: neither a call nor an answer", async () => {
    expect(await endOf([look, "x <result>"])).toEqual(["invalid", 2, 1]);
  });

  it("token-limit: a turn is cut where the tokens end", async () => {
    expect(await endOf([look, look], { limits: { tokens: 9 } })).toEqual(["token-limit", 2, 1]);
  });

  it("token-limit: a result fills what was left", async () => {
    expect(await endOf([look, look], { limits: { tokens: 7 } })).toEqual(["token-limit", 1, 1]);
    expect(await endOf([look, look], { limits: { tokens: 6 } })).toEqual(["token-limit", 1, 1]);
  });

  it("token-limit: a call that no token is left for is not made", async () => {
    expect(await endOf([look, look], { limits: { tokens: 4 } })).toEqual(["token-limit", 1, 0]);
  });

  it("answer: with the last token", async () => {
    expect(await endOf([look, answer], { limits: { tokens: 10 } })).toEqual(["answer", 2, 1]);
  });

  it("call-limit: the call beyond it is not made", async () => {
    expect(await endOf([look, look, look], { limits: { calls: 2 } })).toEqual(["call-limit", 3, 2]);
  });

  it("turn-limit: the last turn was no answer, and its call is not made", async () => {
    expect(await endOf([look, look, look], { limits: { turns: 2 } })).toEqual(["turn-limit", 2, 1]);
    expect(await endOf([look, answer], { limits: { turns: 2 } })).toEqual(["answer", 2, 1]);
  });

  it("a failed call is shown and the path goes on", async () => {
    const look = () => {
      throw new Error("busy");
    };
    expect(await endOf(["<look> x </look>"], { look })).toEqual(["answer", 2, 1]);
  });

  it("the reward sees what the policy wrote, what it was shown and the answer", async () => {
    const seen: unknown[] = [];
    const { smallTask } = await import("./testing/small-world.ts");
    const base = smallTask({ look: (input) => (input === "x" ? "fact" : 7) });
    const task = {
      ...base,
      reward: (...[question, transcript]: Parameters<typeof base.reward>) => {
        seen.push(transcript);
        return base.reward(question, transcript);
      },
    };
    const turns = ["<look> x </look>", "<look> y </look>", answer];
    const script = ({ turn }: { turn: number }) => ({ entropy: 0, text: turns[turn] ?? "" });
    await growOne(script, { task, rules: testRules({ groupSize: 1, budget: () => 1 }) });
    expect(seen).toEqual([
      {
        turns,
        results: ["fact", "error"],
        calls: [
          { tool: "look", input: "x", failed: false },
          { tool: "look", input: "y", failed: true },
        ],
        answer: "y",
      },
    ]);
  });
});

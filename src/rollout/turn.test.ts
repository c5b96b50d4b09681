import { describe, expect, it } from "vitest";
import type { Sample } from "../policy/policy.ts";
import { smallTask, smallTokenizer } from "./testing/small-world.ts";
import { afterTurn, readTurn, turnStops } from "./turn.ts";

const task = smallTask();
const limits = { turns: 3, calls: 2, tokens: 20 };
const path = { calls: [], turns: ["a turn"], ids: [1, 2, 3] };

function turnOf(text: string, finish: Sample["finish"] = "stop") {
  const ids = smallTokenizer.encode(text);
  return readTurn(task, smallTokenizer, { id: "0/0", ids, logprobs: [], entropies: [], finish });
}

describe("what follows a turn (AEPO-R6)", () => {
  const call = turnOf("<look> x </look>");

  it("a call is made", () => {
    expect(afterTurn(limits, path, call)).toEqual({ kind: "call", tool: "look", input: "x" });
  });

  it("an answer ends the path, at the token limit too", () => {
    expect(afterTurn(limits, { ...path, ids: new Array(20) }, turnOf("<answer> y </answer>"))).toBe("answer");
  });

  it("so does a turn that is neither", () => {
    expect(afterTurn(limits, path, turnOf("x <result>"))).toBe("invalid");
  });

  it("a cut turn is not read: half of it might look like a whole", () => {
    const cut = turnOf("<look> x </look>", "length");
    expect(cut.action).toEqual({ kind: "invalid", why: "cut by the token limit" });
    expect(afterTurn(limits, path, cut)).toBe("token-limit");
  });

  it("a call beyond the limits is not made", () => {
    const done = { tool: "look", input: "x", failed: false };
    expect(afterTurn(limits, { ...path, calls: [done, done] }, call)).toBe("call-limit");
    expect(afterTurn(limits, { ...path, turns: ["", "", ""] }, call)).toBe("turn-limit");
    expect(afterTurn(limits, { ...path, ids: new Array(20) }, call)).toBe("token-limit");
  });
});

describe("what ends a turn", () => {
  const chat = { messages: [{ role: "user" as const, content: "who?" }] };
  const byChat = { ...smallTokenizer, endOfTurn: [7, 9] };

  it("is what the dialect says, for a question in plain text", () => {
    const { stop } = turnStops(task, byChat, {});
    expect(stop).toEqual(turnStops(task, smallTokenizer, {}).stop);
    expect(stop).not.toContainEqual([7]);
  });

  it("is the model's own end, too, where its template asks the question: a turn that says nothing does not run on", () => {
    const { stop } = turnStops(task, byChat, { chat });
    expect(stop).toEqual([...turnStops(task, smallTokenizer, {}).stop, [7], [9]]);
    expect(turnStops(task, smallTokenizer, { chat }).stop).toEqual(turnStops(task, smallTokenizer, {}).stop);
  });
});

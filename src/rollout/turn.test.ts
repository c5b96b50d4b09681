import { describe, expect, it } from "vitest";
import type { Sample } from "../policy/policy.ts";
import { smallTask, smallTokenizer } from "./testing/small-world.ts";
import { afterTurn, readTurn } from "./turn.ts";

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

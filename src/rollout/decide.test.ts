import { describe, expect, it } from "vitest";
import { decide, type DecisionContext, type ToolStep, withoutState } from "./decide.ts";
import { testRules } from "./testing/small-world.ts";

const step: ToolStep = { node: 3, path: 1, tool: "look", turn: 0, entropy: 1.5, rootEntropy: 0.5 };
const context: DecisionContext = {
  consecutive: 0,
  entropyDivisor: 1,
  budgetLeft: 5,
  forkable: true,
  draw: () => {
    throw new Error("no draw is wanted");
  },
};

describe("a decision", () => {
  it("AEPO-R2, AEPO-R3: P of ΔH and l, beside what it would be at l = 0", () => {
    // ΔH = 1.5 − 0.5 = 1: P = 0.5 + 0.2 = 0.7 at l = 0, and 0.7 · (1 − 0.1 · 2) = 0.56 at l = 2.
    const decision = decide(testRules({ penalty: 0.1 }), step, { ...context, consecutive: 2 });
    expect(decision).toMatchObject({ deltaEntropy: 1, consecutive: 2, probabilityAtZero: 0.7, forks: 1 });
    expect(decision.probability).toBeCloseTo(0.56, 12);
  });

  it("AEPO-H5: ΔH is in units of the entropy scale", () => {
    expect(decide(testRules(), step, { ...context, entropyDivisor: 4 }).deltaEntropy).toBe(0.25);
  });

  it("AEPO-R4: branches only if P is above τ", () => {
    const at = (entropy: number) => decide(testRules(), { ...step, entropy, rootEntropy: 0 }, context);
    expect(at(0)).toMatchObject({ probability: 0.5, wanted: false, forks: 0, blockedBy: "probability" });
    expect(at(0.01)).toMatchObject({ wanted: true, forks: 1, blockedBy: null, comparedWith: 0.5 });
  });

  it("AEPO-R4: min(Z, budget left) forks", () => {
    const rules = testRules({ width: 3 });
    expect(decide(rules, step, context).forks).toBe(3);
    expect(decide(rules, step, { ...context, budgetLeft: 2 }).forks).toBe(2);
  });

  it("AEPO-R4: sampled decisions branch when the draw is below P", () => {
    const rules = testRules({ decision: { kind: "sample" } });
    expect(decide(rules, step, { ...context, draw: () => 0.69 })).toMatchObject({ comparedWith: 0.69, forks: 1 });
    expect(decide(rules, step, { ...context, draw: () => 0.7 })).toMatchObject({ wanted: false, forks: 0 });
  });

  it("AEPO-R5: nothing branches without budget, and the record says why", () => {
    expect(decide(testRules(), step, { ...context, budgetLeft: 0, forkable: false })).toMatchObject({
      wanted: true,
      forks: 0,
      blockedBy: "budget",
    });
  });

  it("AEPO-R8: nor without a state", () => {
    const denied = decide(testRules(), step, { ...context, forkable: false });
    expect(denied).toMatchObject({ wanted: true, forks: 0, blockedBy: "state" });
    expect(withoutState(decide(testRules(), step, context))).toEqual(denied);
  });
});

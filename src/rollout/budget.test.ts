import { describe, expect, it } from "vitest";
import { thrownMessage } from "../../test/support/thrown.ts";
import { splitBudget } from "./budget.ts";
import type { ProbeMeasurement } from "./rules.ts";
import { testRules } from "./testing/small-world.ts";
import type { TreeNode } from "./tree.ts";

/** A probe that wrote these entropies, one list a turn. */
function probeOf(...turns: readonly (readonly number[])[]): TreeNode[] {
  return turns.map((entropies, i): TreeNode => {
    const action = { kind: "invalid", why: "" } as const;
    return {
      id: i + 1,
      parent: i,
      turn: { ids: entropies.map(() => 0), text: "", logprobs: entropies, entropies, action },
      result: null,
    };
  });
}

/** What the rules are told. */
function told(divisor: number, probe: readonly TreeNode[] | null): ProbeMeasurement | null {
  let seen: ProbeMeasurement | null = null;
  const rules = testRules({
    entropyTokens: 2,
    budget(measured) {
      seen = measured;
      return 1;
    },
  });
  splitBudget(rules, divisor, probe);
  return seen;
}

describe("the split of a group", () => {
  it("AEPO-H3: H_root is the first step, H_tool the steps that follow results", () => {
    // Windows of two tokens: (1 + 3)/2; (2 + 2)/2; 5 alone.
    expect(told(1, probeOf([1, 3, 9], [2, 2, 9], [5]))).toEqual({ rootEntropy: 2, toolEntropies: [2, 5] });
  });

  it("AEPO-H5: the rules see units of the entropy scale, the record keeps nats", () => {
    expect(told(0.5, probeOf([1, 3], [2]))).toEqual({ rootEntropy: 4, toolEntropies: [4] });
    expect(splitBudget(testRules(), 0.5, probeOf([1, 3], [2], [4]))).toEqual({
      rootEntropy: 2,
      toolEntropy: 3,
      toolSteps: 2,
      groupSize: 4,
      globalRollouts: 2,
    });
  });

  it("AEPO-R1: a result followed by no policy token enters no mean", () => {
    expect(told(1, probeOf([1], [], [3]))).toEqual({ rootEntropy: 1, toolEntropies: [3] });
    expect(told(1, probeOf([1]))).toEqual({ rootEntropy: 1, toolEntropies: [] });
  });

  it("AEPO-R1: no probe, or one that wrote nothing, is no measurement", () => {
    expect(told(1, null)).toBeNull();
    expect(told(1, [])).toBeNull();
  });

  it("AEPO-R1: an m outside 1 … k is an error of the rules", () => {
    expect(thrownMessage(() => splitBudget(testRules({ budget: () => 5 }), 1, null))).toBe(
      "the algorithm asks for 5 global rollouts\n  expected: a whole number from 1 to groupSize (4)",
    );
    expect(thrownMessage(() => splitBudget(testRules({ budget: () => 1.5 }), 1, null))).toMatch(/asks for 1.5/);
  });
});

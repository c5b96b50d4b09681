/** Growth without branches: k whole rollouts a question, for evaluation and for methods that do not branch. */
import type { GrowthRules } from "./rules.ts";

export function wholeRollouts(groupSize: number): GrowthRules {
  return {
    groupSize,
    probe: "none",
    budget: () => groupSize,
    branchProbability: () => 0,
    decision: { kind: "threshold", threshold: 1 },
    width: 1,
    order: "synchronous",
    entropyTokens: 20,
    entropySkip: 0,
  };
}

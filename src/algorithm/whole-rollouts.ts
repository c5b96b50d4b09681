/** Growth of methods that do not branch: k whole rollouts a question. */
import type { GrowthRules } from "../rollout/rules.ts";

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

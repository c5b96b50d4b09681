/** How the parts of a tree are said in words: the same in the report and in the terminal. */
import type { Decision, Path } from "../rollout/tree.ts";
import { count, fixed, signed } from "./figure-format.ts";

export function originWords({ origin }: Path): string {
  if (origin.kind === "fork") return `fork of ${origin.from}`;
  return { probe: "probe", global: "global", fill: "fill-up" }[origin.role] ?? origin.role;
}

/** Short: what stands at a fork. */
export function decisionLabel({ deltaEntropy, probability }: Decision): string {
  return `ΔH ${signed(deltaEntropy)} · P ${fixed(probability)}`;
}

/** AEPO-R2 and R3 in full. */
export function decisionWords(decision: Decision): string {
  const { entropy, rootEntropy, deltaEntropy, consecutive, probability, comparedWith } = decision;
  const entropies = `ΔH ${signed(deltaEntropy, 3)} (H_step ${fixed(entropy, 3)}, H_root ${fixed(rootEntropy, 3)})`;
  return `${entropies} · l ${count(consecutive)} · P ${fixed(probability, 3)} ${probability > comparedWith ? ">" : "≤"} ${fixed(comparedWith, 3)}`;
}

/** What came of it. */
export function outcomeWords(decision: Decision): string {
  const { forks, blockedBy, budgetLeft } = decision;
  if (forks > 0) return `branched, ${count(budgetLeft)} left before`;
  if (blockedBy === "budget") return "no: budget used up";
  if (blockedBy === "state") return "no: the state cannot be forked";
  return isDenied(decision) ? "denied by the penalty" : "went on";
}

/** AEPO-R3: with budget left it would have branched at l = 0, but not at its l. */
export function isDenied({ wanted, wantedAtZero, budgetLeft }: Decision): boolean {
  return wantedAtZero && !wanted && budgetLeft > 0;
}

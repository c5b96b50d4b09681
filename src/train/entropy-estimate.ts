/** AEPO-H4: an engine without the full distribution estimates entropies; the figures say so, and from how much of the mass. */
import type { EntropyEstimate } from "../algorithm/figures.ts";
import type { PolicyInfo, SamplerLedger } from "../policy/policy.ts";

/** Null: entropies are of the full distribution. `ledgers`: of the samplers of a step. */
export function entropyEstimate(
  { entropy }: Pick<PolicyInfo, "entropy">,
  ledgers: readonly SamplerLedger[],
): EntropyEstimate | null {
  if (entropy === "full") return null;
  const lumped = ledgers.flatMap(({ lumped = null, sampled }) => (lumped === null ? [] : [{ lumped, sampled }]));
  const tokens = lumped.reduce((sum, { sampled }) => sum + sampled, 0);
  const mass = lumped.reduce((sum, one) => sum + one.lumped * one.sampled, 0);
  return { kind: entropy, lumped: tokens === 0 ? null : mass / tokens };
}

/** AEPO-H5: how many nats are one unit of ΔH in the budget (R1) and the branch probability (R2). */
import type { PolicyInfo } from "../policy/policy.ts";
import type { EntropyScale } from "../rollout/rules.ts";

const SMALLEST_SPREAD = 1e-6;

/**
 * @param spread deviation of H_tool in the previous training step, nats; null at the first step or with fewer than two.
 * @returns the divisor; `spread` falls back to nats (1) where there is no usable deviation.
 */
export function entropyDivisor(
  scale: EntropyScale,
  info: Pick<PolicyInfo, "vocabularySize">,
  spread: number | null,
): number {
  if (scale === "logV") return Math.log(info.vocabularySize);
  if (scale === "spread" && spread !== null && spread >= SMALLEST_SPREAD) return spread;
  return 1;
}

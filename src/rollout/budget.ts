/** AEPO-R1: the probe's entropies and the split of the group into m global and k − m branch rollouts. */
import { AepoError } from "../std/errors.ts";
import { mean, turnEntropy } from "./entropy.ts";
import type { GrowthRules, ProbeMeasurement } from "./rules.ts";
import type { Budget, PolicyTurn, TreeNode } from "./tree.ts";

/**
 * `probe`: the nodes of the probe, the prompt's left out, or null without one. `rootTurn`: what H_root is measured on, if that is not
 * the probe's first step. Throws if the rules ask for an m outside 1 … k.
 */
export function splitBudget(
  rules: GrowthRules,
  entropyDivisor: number,
  probe: readonly TreeNode[] | null,
  rootTurn: PolicyTurn | null = null,
): Budget {
  const { groupSize } = rules;
  const measured = probe === null ? null : measureProbe(rules, probe, rootTurn);
  const globalRollouts = rules.budget(measured === null ? null : inUnits(measured, entropyDivisor));
  if (!Number.isInteger(globalRollouts) || globalRollouts < 1 || globalRollouts > groupSize) {
    throw new AepoError("rollout", `the algorithm asks for ${globalRollouts} global rollouts`, {
      expected: `a whole number from 1 to groupSize (${groupSize})`,
    });
  }
  const tools = measured?.toolEntropies ?? [];
  return {
    rootEntropy: measured?.rootEntropy ?? null,
    toolEntropy: tools.length === 0 ? null : mean(tools),
    toolSteps: tools.length,
    groupSize,
    globalRollouts,
  };
}

/** AEPO-H3, nats: the first step of the path, and every step that follows a tool result with a policy token. */
function measureProbe(
  rules: GrowthRules,
  probe: readonly TreeNode[],
  rootTurn: PolicyTurn | null,
): ProbeMeasurement | null {
  const [firstEntropy = null, ...steps] = probe.map(({ turn }) => (turn === null ? null : turnEntropy(turn, rules)));
  const apart = rootTurn === null ? null : turnEntropy(rootTurn, rules);
  if (firstEntropy === null) return null;
  const toolEntropies = steps.filter((entropy) => entropy !== null);
  return apart === null
    ? { rootEntropy: firstEntropy, toolEntropies }
    : { rootEntropy: apart, firstEntropy, toolEntropies };
}

/** AEPO-H5. */
function inUnits(nats: ProbeMeasurement, divisor: number): ProbeMeasurement {
  return {
    rootEntropy: nats.rootEntropy / divisor,
    ...(nats.firstEntropy === undefined ? {} : { firstEntropy: nats.firstEntropy / divisor }),
    toolEntropies: nats.toolEntropies.map((entropy) => entropy / divisor),
  };
}

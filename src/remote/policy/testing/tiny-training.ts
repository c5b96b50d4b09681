/** A path of five tokens to train on a tiny server, and what shows that weights have moved. */
import { lossPath, policyGradientLoss, STEP } from "../../../policy/conformance-learning.ts";
import type { LossTree, Policy } from "../../../policy/policy.ts";

/** What a test that probes nothing says of the server. */
export const known = { reduction: "sum", entropy: "surprisal" } as const;

export const tree: LossTree = {
  ids: Int32Array.of(1, 2, 3, 4, 5),
  parents: Int32Array.of(-1, 0, 1, 2, 3),
  paths: [lossPath(4, [2, 3, 4], 1)],
};

export async function train(policy: Policy): Promise<void> {
  await policy.accumulate([tree], policyGradientLoss, 1);
  await policy.step(STEP);
}

/** Log-probabilities of the path's tokens. */
export async function probe(policy: Pick<Policy, "score">): Promise<number[]> {
  const [score] = await policy.score([{ ids: [1, 2, 3, 4, 5], temperature: 1 }]);
  return [...(score?.logprobs ?? [])];
}

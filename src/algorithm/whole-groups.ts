/** What all methods of k whole rollouts a question share: no branches, no probe, none of AEPO's mechanisms. */
import { wholeRollouts } from "../rollout/whole-rollouts.ts";
import type { Algorithm } from "./algorithm.ts";

interface WholeGroupOptions extends Pick<Algorithm, "updates" | "minibatch"> {
  readonly groupSize: number;
}

export function wholeGroups({
  groupSize,
  updates,
  minibatch,
}: WholeGroupOptions): Pick<Algorithm, "growth" | "entropyScale" | "updates" | "minibatch" | "mechanisms"> {
  return {
    growth: wholeRollouts(groupSize),
    entropyScale: "nats",
    updates,
    minibatch,
    mechanisms: { premonitor: false, branching: false, penalty: false, stopGradient: false, entropyAdvantage: false },
  };
}

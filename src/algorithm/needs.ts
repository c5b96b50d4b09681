/** What a method cannot do without besides the trees. */
import type { Path, RolloutTree } from "../rollout/tree.ts";
import { AepoError } from "../std/errors.ts";

/** A reference policy: the one the run started from, frozen. State keys: on every turn, by the task's `stateKey`. A critic: values. */
export type Need = "reference" | "stateKeys" | "critic";

/** What was found out about sampled paths because the algorithm needs it; one entry a trained token of the path. */
export interface PathScores {
  /** Log-probabilities under the reference policy. */
  reference(tree: RolloutTree, path: Path): Float32Array;
  /** Values of the states before the tokens, by the value head as it was when they were sampled. */
  values(tree: RolloutTree, path: Path): Float32Array;
}

/** For a method that needs no scores. */
export const unscored: PathScores = {
  reference: (_tree, { id }) => {
    throw new AepoError("rollout", `path ${id} was not scored by a reference policy`, {
      fix: 'declare the need: needs: ["reference"]',
    });
  },
  values: (_tree, { id }) => {
    throw new AepoError("rollout", `path ${id} was not valued by a critic`, {
      fix: 'declare the need: needs: ["critic"]',
    });
  },
};

/**
 * A datum as a tree to train on: its input is a chain of tokens, each target is predicted from the input up to its place.
 * Targets that are the input's next tokens lie on the chain; any other hangs beside it, a path of its own, and costs nothing.
 */
import type { LossPath, LossTree, Score } from "../../policy/policy.ts";

/** One entry a target. */
export interface TargetTerms {
  readonly weights: Float32Array;
  readonly advantages: Float32Array;
  readonly oldLogprobs: Float32Array;
  readonly referenceLogprobs: Float32Array;
}

export interface DatumTree {
  readonly tree: LossTree;
  /** For each path: which targets its trained tokens are. */
  readonly targets: readonly Int32Array[];
}

/** One target for each input token. */
export function datumTree(input: readonly number[], targets: readonly number[], terms: TargetTerms): DatumTree {
  const ids = [...input];
  const parents = input.map((_, i) => i - 1);
  const chain: number[] = [];
  const chainTokens: number[] = [];
  const branches: { readonly target: number; readonly token: number }[] = [];
  const append = (id: number, parent: number): number => parents.push(parent) && ids.push(id) - 1;
  for (const [target, id] of targets.entries()) {
    const next = input[target + 1];
    if (next === undefined || next === id) {
      chain.push(target);
      chainTokens.push(next === undefined ? append(id, target) : target + 1);
    } else branches.push({ target, token: append(id, target) });
  }
  const places = [chain, ...branches.map(({ target }) => [target])];
  const tokens = [chainTokens, ...branches.map(({ token }) => [token])];
  const paths = places.map((targetsOfPath, i) => pathOf(tokens[i] ?? [], targetsOfPath, terms, input.length - 1));
  return {
    tree: { ids: Int32Array.from(ids), parents: Int32Array.from(parents), paths },
    targets: places.map((targetsOfPath) => Int32Array.from(targetsOfPath)),
  };
}

function pathOf(tokens: readonly number[], targets: readonly number[], terms: TargetTerms, last: number): LossPath {
  const of = (all: Float32Array): Float32Array => Float32Array.from(targets, (target) => all[target] ?? 0);
  return {
    leaf: tokens.at(-1) ?? last,
    tokens: Int32Array.from(tokens),
    oldLogprobs: of(terms.oldLogprobs),
    advantages: of(terms.advantages),
    referenceLogprobs: of(terms.referenceLogprobs),
    weights: of(terms.weights),
  };
}

/** What was found for each path of the trees, back in the order of each datum's targets. */
export function byTarget(trees: readonly DatumTree[], found: readonly Score["logprobs"][]): Float32Array[] {
  let next = 0;
  return trees.map(({ targets }) => {
    const all = new Float32Array(targets.reduce((sum, { length }) => sum + length, 0));
    for (const ofPath of targets) {
      const values = found[next++] ?? new Float32Array();
      for (const [i, target] of ofPath.entries()) all[target] = values[i] ?? Number.NaN;
    }
    return all;
  });
}

/**
 * From a rollout tree to what the policy trains on (AEPO-L6): every token once, prefixes shared, some or all of the paths.
 * Trained tokens are those the policy wrote (AEPO-L5): prompt and results carry no loss, and a result that nothing
 * follows is left out.
 */
import type { LossPath, LossTree, ValueTargets } from "../policy/policy.ts";
import { AepoError } from "../std/errors.ts";
import { pathOf } from "./path-tokens.ts";
import { type RolloutTree, type TreeNode, walk } from "./tree.ts";

/** One path to train, with one entry a policy token of the path. */
export interface TrainedPath {
  readonly path: number;
  readonly advantages: Float32Array;
  readonly referenceLogprobs?: Float32Array | undefined;
  readonly targets?: ValueTargets | undefined;
  readonly weights: Float32Array;
}

/** The paths in the order given. Throws for a path that is not in the tree, and for arrays of another length than the path's. */
export function toLossTree(tree: RolloutTree, trained: readonly TrainedPath[]): LossTree {
  const forest = new TokenForest(tree.promptIds);
  const paths = trained.map((one): LossPath => {
    const nodes = walk(tree, pathOf(tree, one.path).leaf);
    const places = nodes.map((node, i) => forest.place(node, nodes[i + 1]));
    const oldLogprobs = Float32Array.from(nodes.flatMap(({ turn }) => turn?.logprobs ?? []));
    checkLength(one, oldLogprobs.length);
    return {
      leaf: places.at(-1)?.lastTurnToken ?? tree.promptIds.length - 1,
      tokens: Int32Array.from(places.flatMap(({ first, count }) => Array.from({ length: count }, (_, i) => first + i))),
      oldLogprobs,
      advantages: one.advantages,
      ...(one.referenceLogprobs === undefined ? {} : { referenceLogprobs: one.referenceLogprobs }),
      ...(one.targets === undefined ? {} : { targets: one.targets }),
      weights: one.weights,
    };
  });
  return { ids: Int32Array.from(forest.ids), parents: Int32Array.from(forest.parents), paths };
}

function checkLength({ path, advantages, weights }: TrainedPath, tokens: number): void {
  if (advantages.length === tokens && weights.length === tokens) return;
  const found = `${advantages.length} advantages and ${weights.length} weights`;
  throw new AepoError("rollout", `path ${path} has ${tokens} policy tokens`, {
    expected: "one entry each",
    exists: found,
  });
}

/** Where the tokens of a node stand. */
interface Place {
  /** Index of the first policy token, and their number. */
  readonly first: number;
  readonly count: number;
  readonly lastTurnToken: number;
}

class TokenForest {
  readonly ids: number[];
  readonly parents: number[];
  private readonly turns = new Map<number, Place>();
  /** Index of the last token of a node's result. */
  private readonly results = new Map<number, number>();

  constructor(promptIds: readonly number[]) {
    this.ids = [...promptIds];
    this.parents = promptIds.map((_, i) => i - 1);
    this.results.set(0, promptIds.length - 1);
  }

  /** Places a node whose parent is placed; its result only if a node of the path follows. */
  place(node: TreeNode, next: TreeNode | undefined): Place {
    const place = this.turns.get(node.id) ?? this.placeTurn(node);
    if (next !== undefined && !this.results.has(node.id)) {
      this.results.set(node.id, this.append(place.lastTurnToken, node.result?.ids ?? []));
    }
    return place;
  }

  private placeTurn(node: TreeNode): Place {
    const ids = node.turn?.ids ?? [];
    const first = this.ids.length;
    const lastTurnToken = this.append(this.results.get(node.parent ?? 0) ?? 0, ids);
    const place = { first, count: ids.length, lastTurnToken };
    this.turns.set(node.id, place);
    return place;
  }

  /** Appends a chain of tokens behind `parent`; index of its last one. */
  private append(parent: number, ids: readonly number[]): number {
    let last = parent;
    for (const id of ids) {
      this.parents.push(last);
      last = this.ids.length;
      this.ids.push(id);
    }
    return last;
  }
}

/**
 * AEPO-L7: a rollout batch is dealt over several optimiser steps by a named random stream. `trees` keeps a question whole;
 * `paths` mixes questions, and the part of a tree that lands in one step still shares its prefixes.
 */
import type { LossTree } from "../policy/policy.ts";
import { toLossTree } from "../rollout/loss-tree.ts";
import type { RandomStream } from "../std/random.ts";
import type { Algorithm, GroupCredit, PathCredit } from "./algorithm.ts";

/** What one optimiser step trains: parts of groups, and the same as trees of tokens, in the same order. */
export interface Minibatch {
  readonly groups: readonly GroupCredit[];
  readonly trees: readonly LossTree[];
}

/** At most `algorithm.updates` mini-batches, none of them empty; none at all if no group was kept. */
export function dealMinibatches(
  algorithm: Pick<Algorithm, "updates" | "minibatch" | "reduction" | "dealt">,
  credits: readonly GroupCredit[],
  random: RandomStream,
): Minibatch[] {
  const cards: GroupCredit[] =
    algorithm.minibatch === "trees"
      ? [...credits]
      : credits.flatMap(({ tree, paths }) => paths.map((path) => ({ tree, paths: [path] })));
  const hands = deal(random.shuffle(cards), Math.min(algorithm.updates, cards.length));
  return hands.map((hand) => {
    const groups = gather(credits, hand);
    return minibatch(algorithm.dealt?.(groups) ?? groups, algorithm);
  });
}

/** Like cards round a table: sizes differ by one at most. */
function deal<T>(cards: readonly T[], hands: number): T[][] {
  return Array.from({ length: hands }, (_, hand) => cards.filter((_card, i) => i % hands === hand));
}

/** The cards of a hand put together by question, in the order of the groups and of their paths. */
function gather(credits: readonly GroupCredit[], hand: readonly GroupCredit[]): GroupCredit[] {
  return credits.flatMap(({ tree }) => {
    const paths = hand.flatMap((card) => (card.tree === tree ? card.paths : []));
    return paths.length === 0 ? [] : [{ tree, paths: [...paths].sort((a, b) => a.path - b.path) }];
  });
}

function minibatch(groups: readonly GroupCredit[], algorithm: Pick<Algorithm, "reduction">): Minibatch {
  const paths = groups.flatMap((group) => group.paths);
  const weights = algorithm.reduction(paths.map(({ advantages }) => advantages.length));
  const weightOf = new Map<PathCredit, number>(paths.map((path, i) => [path, weights[i] ?? 0]));
  const trees = groups.map(({ tree, paths: members }) =>
    toLossTree(
      tree,
      members.map((path) => ({
        path: path.path,
        advantages: path.advantages,
        referenceLogprobs: path.referenceLogprobs,
        targets: path.targets,
        weights: new Float32Array(path.advantages.length).fill(weightOf.get(path) ?? 0),
      })),
    ),
  );
  return { groups, trees };
}

/** The distance from the reference policy, token by token, where a path was sampled: k1 = log π_old − log π_ref. */
import { pathOf } from "../rollout/path-tokens.ts";
import { type RolloutTree, walk } from "../rollout/tree.ts";
import type { GroupCredit, PathCredit } from "./algorithm.ts";
import type { PathScores } from "./needs.ts";

export function withReference({ tree, paths }: GroupCredit, scores: PathScores): GroupCredit {
  const scored = paths.map((path) => ({ ...path, referenceLogprobs: scores.reference(tree, pathOf(tree, path.path)) }));
  return { tree, paths: scored };
}

/** Of the path's trained tokens; 0 where there is no reference. */
export function pathKl(tree: RolloutTree, { path, referenceLogprobs }: PathCredit): number[] {
  const sampled = walk(tree, pathOf(tree, path).leaf).flatMap(({ turn }) => turn?.logprobs ?? []);
  return sampled.map((logprob, t) => (referenceLogprobs === undefined ? 0 : logprob - (referenceLogprobs[t] ?? 0)));
}

/** Mean of k1 over the path-tokens of a batch: an estimate of KL(π_old ‖ π_ref) a token. */
export function meanKl(credits: readonly GroupCredit[]): number {
  const all = credits.flatMap(({ tree, paths }) => paths.flatMap((path) => pathKl(tree, path)));
  return all.length === 0 ? 0 : all.reduce((sum, x) => sum + x, 0) / all.length;
}

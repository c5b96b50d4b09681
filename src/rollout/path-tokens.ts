/** The tokens of one path, prompt first, each with what is known of it. */
import { AepoError } from "../std/errors.ts";
import { type Path, type RolloutTree, walk } from "./tree.ts";

/** All arrays have one entry a token (axis T). */
export interface PathTokens {
  readonly ids: readonly number[];
  /** True where the policy wrote the token: what is trained (AEPO-L5). */
  readonly mask: readonly boolean[];
  /** Of the policy's tokens; null for the prompt and results. Not scored is not 0. */
  readonly logprobs: readonly (number | null)[];
  /** Nats, likewise. */
  readonly entropies: readonly (number | null)[];
}

/** Throws if the tree has no such path. */
export function pathTokenIds(tree: RolloutTree, path: number): PathTokens {
  const tokens: { id: number; logprob: number | null; entropy: number | null }[] = [];
  const unscored = (ids: readonly number[]): void => {
    for (const id of ids) tokens.push({ id, logprob: null, entropy: null });
  };
  unscored(tree.promptIds);
  for (const { turn, result } of walk(tree, pathOf(tree, path).leaf)) {
    for (const [i, id] of (turn?.ids ?? []).entries()) {
      tokens.push({ id, logprob: turn?.logprobs[i] ?? null, entropy: turn?.entropies[i] ?? null });
    }
    unscored(result?.ids ?? []);
  }
  return {
    ids: tokens.map(({ id }) => id),
    mask: tokens.map(({ logprob }) => logprob !== null),
    logprobs: tokens.map(({ logprob }) => logprob),
    entropies: tokens.map(({ entropy }) => entropy),
  };
}

export function pathOf(tree: RolloutTree, id: number): Path {
  const path = tree.paths.find((one) => one.id === id);
  if (path !== undefined) return path;
  throw new AepoError("rollout", `the tree of question ${tree.question.id} has no path ${id}`, {
    exists: `paths ${tree.paths.map((one) => one.id).join(", ")}`,
  });
}

/** A tree taken apart: every path as a tree of its own, which is what training without sharing prefixes would compute. */
import type { LossTree } from "../src/policy/policy.ts";

export function pathsApart({ ids, parents, paths }: LossTree): LossTree[] {
  return paths.map((path) => {
    const kept: number[] = [];
    for (let i = path.leaf; i >= 0; i = parents[i] ?? -1) kept.push(i);
    kept.reverse();
    const place = new Map(kept.map((token, i) => [token, i]));
    return {
      ids: Int32Array.from(kept, (token) => ids[token] ?? 0),
      parents: Int32Array.from(kept, (_, i) => i - 1),
      paths: [{ ...path, leaf: kept.length - 1, tokens: path.tokens.map((token) => place.get(token) ?? -1) }],
    };
  });
}

/** Credit of a tree's paths, looked up by token: a token shared by several paths has an advantage on each (AEPO-L6). */
import { type Path, type RolloutTree, type TreeNode, walk } from "../rollout/tree.ts";
import type { RolloutRecord } from "../run/records.ts";
import { type Figure, isMeasured } from "./figure-format.ts";

export interface TokenCredit {
  readonly path: number;
  readonly advantage: Figure;
  readonly factor: Figure;
}

export interface CreditTable {
  /** Ã of the i-th token of a node's turn on each path that is trained through it. */
  token(node: TreeNode, index: number): readonly TokenCredit[];
  /** Ã_acc of a path (AEPO-L1), before the entropy factor; null if the path is not trained. */
  path(path: Path): number | null;
}

interface Place {
  readonly path: number;
  readonly offset: number;
}

export function creditTable(tree: RolloutTree, credit: RolloutRecord["credit"]): CreditTable {
  const byPath = new Map((credit ?? []).map((entry) => [entry.path, entry]));
  const places = new Map<number, Place[]>();
  for (const path of tree.paths.filter(({ id }) => byPath.has(id))) {
    let offset = 0;
    for (const node of walk(tree, path.leaf)) {
      places.set(node.id, [...(places.get(node.id) ?? []), { path: path.id, offset }]);
      offset += node.turn?.ids.length ?? 0;
    }
  }
  return {
    token: (node, index) =>
      (places.get(node.id) ?? []).map(({ path, offset }) => {
        const entry = byPath.get(path);
        return {
          path,
          advantage: entry?.advantages[offset + index],
          factor: entry?.factors[offset + index],
        };
      }),
    path({ id }) {
      const entry = byPath.get(id);
      // Ã = Ã_acc · factor: any token whose factor is not 0 gives Ã_acc back.
      const index = entry?.factors.findIndex((factor) => isMeasured(factor) && Math.abs(factor) > 1e-3) ?? -1;
      const [advantage, factor] = [entry?.advantages[index], entry?.factors[index]];
      return isMeasured(advantage) && isMeasured(factor) ? advantage / factor : null;
    },
  };
}

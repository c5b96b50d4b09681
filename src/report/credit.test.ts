import { expect, it } from "vitest";
import type { RolloutTree } from "../rollout/tree.ts";
import { creditTable } from "./credit.ts";

const turn = (count: number) => ({
  ids: Array(count).fill(0),
  text: "",
  logprobs: [],
  entropies: [],
  action: { kind: "answer", text: "" } as const,
});
const node = (id: number, parent: number | null, count: number) => ({
  id,
  parent,
  turn: parent === null ? null : turn(count),
  result: null,
});
const reward = { total: 0, formatOk: true, correct: false, parts: {} };

it("AEPO-L6: a shared token has the advantage of each of its paths", () => {
  const nodes = [node(0, null, 0), node(1, 0, 2), node(2, 1, 1), node(3, 1, 1)];
  const paths: RolloutTree["paths"] = [
    {
      id: 0,
      origin: { kind: "root", role: "global" },
      root: 0,
      leaf: 2,
      end: "answer",
      reward,
    },
    {
      id: 1,
      origin: { kind: "fork", from: 0, at: 1 },
      root: 0,
      leaf: 3,
      end: "answer",
      reward,
    },
  ];
  const tree = { nodes, paths } as unknown as RolloutTree;
  const table = creditTable(tree, [
    { path: 0, advantages: [0, 3, 2], factors: [0, 1.5, 1] },
    { path: 1, advantages: [-1, -2, -3], factors: [1, 2, 3] },
  ]);
  expect(table.token(nodes[1] ?? node(1, 0, 2), 1)).toEqual([
    { path: 0, advantage: 3, factor: 1.5 },
    { path: 1, advantage: -2, factor: 2 },
  ]);
  expect(table.token(nodes[3] ?? node(3, 1, 1), 0)).toEqual([{ path: 1, advantage: -3, factor: 3 }]);
  // Ã ÷ factor where the factor is not 0: 3 ÷ 1.5 and −1 ÷ 1.
  expect(paths.map((path) => table.path(path))).toEqual([2, -1]);
  expect(creditTable(tree, null).path(paths[0] ?? (undefined as never))).toBeNull();
});

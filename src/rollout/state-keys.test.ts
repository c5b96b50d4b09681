import { expect, it } from "vitest";
import { growOne, look, answer, smallTask, testRules } from "./testing/small-world.ts";
import type { TurnScript } from "./scripted-turns.ts";

const twoLooks: TurnScript = ({ turn, root }) => ({ entropy: 1, text: turn < (root === null ? 1 : 2) ? look : answer });
const task = { ...smallTask(), stateKey: ({ id }: { id: string }, { calls }: { calls: number }) => `${id}: ${calls}` };

it("B-GIGPO: every turn has the key of the state it started from, forks and tools that change it in place included", async () => {
  const rules = testRules({ groupSize: 3, budget: () => 1, branchProbability: () => 1 });
  const { nodes, paths } = await growOne(twoLooks, { task, rules, stateKeys: true });
  expect(paths.some(({ origin }) => origin.kind === "fork")).toBe(true);
  const depth = (id: number | null): number => (id === null || id === 0 ? -1 : 1 + depth(nodes[id]?.parent ?? 0));
  expect(nodes.slice(1).map(({ stateKey }) => stateKey)).toEqual(
    nodes.slice(1).map(({ id }) => `small/0: ${depth(id)}`),
  );
});

it("keys are written only where they are asked for", async () => {
  const { nodes } = await growOne(twoLooks, { task });
  expect(nodes.some((node) => "stateKey" in node)).toBe(false);
});

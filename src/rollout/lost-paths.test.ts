import { expect, it } from "vitest";
import { withoutLost } from "./lost-paths.ts";
import { toLossTree } from "./loss-tree.ts";
import { ScriptedTurns } from "./scripted-turns.ts";
import { answer, byPath, growOne, smallTokenizer, testRules } from "./testing/small-world.ts";
import { losing } from "./testing/losing-sampler.ts";
import { walk } from "./tree.ts";

const script = byPath({ 0: [0, 1, "answer"], 1: [0, 1, "answer"] });

function grow(lost: (id: string, turn: number) => boolean, rules = testRules()) {
  return growOne(script, { rules, sampler: losing(new ScriptedTurns(smallTokenizer, script), lost) });
}

it("a turn that could not be sampled ends its path as recorded data, and the group is still whole (AEPO-R6)", async () => {
  const tree = await grow((id, turn) => id === "0/1" && turn === 2);
  expect(tree.paths.map(({ end }) => end)).toEqual(["answer", "engine-failure", "answer", "answer"]);
  const [, lost] = tree.paths;
  expect(walk(tree, lost?.leaf ?? 0).map(({ turn }) => turn?.text)).toEqual(["<look> x </look>", "<look> x </look>"]);
  expect(lost?.reward).toEqual({
    total: 0,
    formatOk: false,
    correct: false,
    parts: {},
    failed: "the engine could not sample a turn: 503: out of memory",
  });
  // A fork of the lost path was made before it was lost, and trains what it inherited.
  expect(tree.paths[3]?.origin).toMatchObject({ kind: "fork", from: 1 });
  const left = withoutLost(tree);
  expect(left.paths.map(({ id }) => id)).toEqual([0, 2, 3]);
  const trained = left.paths.map(({ id, leaf }) => {
    const count = walk(left, leaf).reduce((sum, { turn }) => sum + (turn?.ids.length ?? 0), 0);
    return { path: id, advantages: new Float32Array(count), weights: new Float32Array(count) };
  });
  // Forks 2 and 3 looked once, path 0 twice, then all answered: turns of three tokens.
  expect(toLossTree(left, trained).paths.map(({ tokens }) => tokens.length)).toEqual([9, 6, 6]);
});

it("the first turn of a path, and of a probe that is thrown away, can be lost", async () => {
  const tree = await grow((id, turn) => id === "0/0" && turn === 0);
  expect([tree.paths[0]?.leaf, tree.paths[0]?.end, tree.paths.length]).toEqual([0, "engine-failure", 4]);
  const probed = await grow((id, turn) => id === "0/0" && turn === 0, testRules({ probe: "discard" }));
  expect(probed.discarded).toEqual({ nodes: [], end: "engine-failure" });
  expect(probed.paths.map(({ end }) => end).every((end) => end === "answer")).toBe(true);
  expect(probed.budget).toMatchObject({ rootEntropy: null, toolEntropy: null, groupSize: 4 });
  expect(withoutLost(probed)).toBe(probed);
  expect(walk(probed, probed.paths[0]?.leaf ?? 0).at(-1)?.turn?.text).toBe(answer);
});

import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeEach, expect, it } from "vitest";
import { sampleTree } from "../report/testing/sample-tree.ts";
import type { RolloutTree } from "../rollout/tree.ts";
import { openKeptRollouts } from "./kept-rollouts.ts";
import { treeFromText, treeToText } from "./tree-codec.ts";

const root = mkdtempSync(join(tmpdir(), "aepo-kept-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folder = "";
beforeEach(() => {
  folder = join(mkdtempSync(join(root, "run-")), "kept-rollouts");
});

const trees = [1, 2, 3].map((seed) => sampleTree({ seed, groupSize: 4, globalRollouts: 2 }));
const [one, two, three] = trees as [RolloutTree, RolloutTree, RolloutTree];
const at = (step: number, round = 0) => ({ step, rollbacks: 0, round });

it("a tree comes back with every bit, whatever its numbers and texts are", () => {
  const number = fc.oneof(
    fc.double(),
    fc.float(),
    fc.integer(),
    fc.constantFrom(-0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 31, 5e-324),
  );
  fc.assert(
    fc.property(
      fc.array(number, { maxLength: 12 }),
      fc.array(fc.float(), { maxLength: 12 }),
      fc.string({ unit: "binary", maxLength: 12 }),
      number,
      (mixed, floats, text, x) => {
        const [prompt, first, ...rest] = one.nodes;
        if (prompt === undefined || first?.turn == null) throw new Error("a turn");
        const turn = {
          ...first.turn,
          text: `${text}\u2028\n`,
          logprobs: mixed,
          entropies: floats,
          topEntropies: [...floats, x],
        };
        const reward = { total: x, formatOk: true, correct: false, parts: { number: x, text: x } };
        const paths = one.paths.map((path) => ({ ...path, reward }));
        const tree: RolloutTree = {
          ...one,
          nodes: [prompt, { ...first, turn }, ...rest],
          paths,
          discarded: { nodes: [{ ...first, turn }], end: "answer" },
          rootTurn: turn,
          notes: [text],
        };
        const written = treeToText(tree);
        expect(written).not.toMatch(/[\n\r\u2028\u2029]/);
        expect(treeFromText(written)).toStrictEqual(tree);
        expect(JSON.stringify(treeFromText(written))).toBe(JSON.stringify(tree));
      },
    ),
    { numRuns: 30 },
  );
});

it("what one process finished another finds, by step, round and place", async () => {
  const writer = openKeptRollouts(folder);
  writer.add(at(3), 0, one);
  writer.add(at(3), 2, two);
  writer.add(at(3, 1), 0, three);
  writer.add(at(4), 0, three);
  expect(await writer.trees(at(3))).toEqual(new Map());
  const reader = openKeptRollouts(folder);
  expect(await reader.trees(at(3))).toStrictEqual(
    new Map([
      [0, one],
      [2, two],
    ]),
  );
  expect(await reader.trees(at(3, 1))).toStrictEqual(new Map([[0, three]]));
  expect(await reader.trees({ ...at(3), rollbacks: 1 })).toEqual(new Map());
  expect(await reader.trees(at(5))).toEqual(new Map());
  reader.forget(3);
  expect(readdirSync(folder)).toEqual(["step-000004.trees"]);
  expect(await reader.trees(at(3))).toEqual(new Map());
  reader.clear();
  expect(existsSync(folder)).toBe(false);
});

it("half a line and a damaged one are as if they had not been written, and spoil none that follows", async () => {
  openKeptRollouts(folder).add(at(1), 0, one);
  const path = join(folder, "step-000001.trees");
  const line = readFileSync(path, "utf8");
  // One bit of the second tree is another; the third was cut short by a kill.
  writeFileSync(path, line + line.replace(" 0 0 0 ", " 0 0 1 ").replace('"task":"atlas"', '"task":"atlbs"'));
  appendFileSync(path, line.replace(" 0 0 0 ", " 0 0 2 ").slice(0, 500));
  const next = openKeptRollouts(folder);
  expect([...(await next.trees(at(1))).keys()]).toEqual([0]);
  next.add(at(1), 3, two);
  expect(await openKeptRollouts(folder).trees(at(1))).toStrictEqual(
    new Map([
      [0, one],
      [3, two],
    ]),
  );
});

import { describe, expect, it } from "vitest";
import { randomStream } from "../std/random.ts";
import { BatchRounds } from "./batch-rounds.ts";
import type { ScriptPlace, TurnScript } from "./scripted-turns.ts";
import { answer, byPath, growSmall, look, type SmallGrowth, testRules } from "./testing/small-world.ts";
import { ownNodes, type Path, type RolloutTree } from "./tree.ts";

it("B-AEPO: a round is known when every question knows it, and counts when one of them made a path in it", () => {
  const rounds = new BatchRounds(2);
  expect([rounds.knowsBefore(0), rounds.knowsBefore(1)]).toEqual([true, false]);
  rounds.tell(0, new Set([1]), 3);
  expect([rounds.knowsBefore(1), rounds.counts(1), rounds.counts(0)]).toEqual([false, true, false]);
  rounds.tell(1, new Set([0]), Number.POSITIVE_INFINITY);
  expect([rounds.knowsBefore(3), rounds.knowsBefore(4), rounds.counts(0), rounds.counts(2)]).toEqual([
    true,
    false,
    true,
    false,
  ]);
});

const rules = testRules({ groupSize: 9, budget: () => 1, departures: { counter: "batch" } });

/** Without ids of nodes, which are in order of time. */
const decided = ({ decisions }: RolloutTree) =>
  decisions.map(({ path, turn, consecutive, forks }) => ({ path, turn, consecutive, forks }));

/** l and forks of the first root's decisions. */
const counts = ({ decisions }: RolloutTree) =>
  decisions.filter(({ path }) => path === 0).map(({ consecutive, forks }) => [consecutive, forks]);

describe("the count of a batch", () => {
  const alone = byPath({ 0: [0, 1, 0, 0, 1, "answer"] });
  const other = byPath({ 0: [0, 0, 1, 0, 0, "answer"] });

  it("B-AEPO: a round in which nobody made a path resets nothing", async () => {
    // By itself the question's own rounds without a path are nobody's: l only grows.
    expect((await growSmall(alone, { rules })).map(counts)).toEqual([
      [
        [0, 1],
        [1, 0],
        [1, 0],
        [1, 1],
        [2, 0],
      ],
    ]);
  });

  it("B-AEPO: one in which another question made one resets, as it does without the batch", async () => {
    const both: TurnScript = (place) => (place.question === 0 ? alone : other)(place);
    const [first, second] = await growSmall(both, { rules, questions: 2 });
    // Round 1 is the other question's: l of the first is 0 after it. Round 2 made nothing anywhere.
    expect([first, second].map((tree) => (tree === undefined ? [] : counts(tree)))).toEqual([
      [
        [0, 1],
        [1, 0],
        [0, 0],
        [0, 1],
        [1, 0],
      ],
      [
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 0],
        [0, 0],
      ],
    ]);
  });
});

/** What the released code's loop counts: iterations of the batch, in which every path takes one turn. */
function expectedCounts(trees: readonly RolloutTree[]): number[][] {
  const grown = trees.map((tree) => {
    const starts = startsOf(tree);
    const made = new Set([...starts.values()].filter((start) => start > 0).map((start) => start - 1));
    return { tree, starts, made };
  });
  return grown.map(({ tree, made }) =>
    tree.decisions.map(({ turn }) => {
      let consecutive = 0;
      for (let round = 0; round < turn; round++) {
        if (grown.some((each) => each.made.has(round))) consecutive = made.has(round) ? consecutive + 1 : 0;
      }
      return consecutive;
    }),
  );
}

/** The iteration of each path's first own turn: roots 0, forks behind their result, fill-ups when all before have ended. */
function startsOf(tree: RolloutTree): Map<number, number> {
  const starts = new Map<number, number>();
  const ends: number[] = [];
  for (const path of tree.paths) {
    const start = startOf(tree, path, starts, ends);
    starts.set(path.id, start);
    ends.push(start + ownNodes(tree, path).length - 1);
  }
  return starts;
}

function startOf(
  tree: RolloutTree,
  { origin }: Path,
  starts: ReadonlyMap<number, number>,
  ends: readonly number[],
): number {
  if (origin.kind === "root") return origin.role === "fill" ? Math.max(...ends) + 1 : 0;
  const parent = tree.paths[origin.from];
  if (parent === undefined) throw new Error("a fork of no path");
  const turns = ownNodes(tree, parent).findIndex(({ id }) => id === origin.at);
  return (starts.get(parent.id) ?? 0) + turns + 1;
}

describe("random batches", () => {
  const departures = { counter: "batch", fillOneByOne: true, beforeCall: true } as const;
  const random =
    (seed: number): TurnScript =>
    ({ path, turn, question }: ScriptPlace) => {
      const draw = randomStream(seed, question, path, turn);
      return { text: draw.uniform() < 0.55 ? look : answer, entropy: 2 * draw.uniform() };
    };
  const growth = (seed: number): SmallGrowth => ({
    rules: testRules({ groupSize: 6, departures, penalty: 0.05 }),
    questions: 4,
    seed,
  });

  it("B-AEPO: l is what the loop over the whole batch counts, however many questions are in flight", async () => {
    let resets = 0;
    for (let seed = 0; seed < 25; seed++) {
      const trees = await growSmall(random(seed), growth(seed));
      expect(trees.map(({ decisions }) => decisions.map(({ consecutive }) => consecutive))).toEqual(
        expectedCounts(trees),
      );
      expect(trees.map(({ paths }) => paths.length)).toEqual([6, 6, 6, 6]);
      const apart = await growSmall(random(seed), { ...growth(seed), inFlight: 1 });
      expect(apart.map(decided)).toEqual(trees.map(decided));
      const alone = await growSmall(random(seed), { ...growth(seed), questions: 1 });
      if (JSON.stringify(alone) !== JSON.stringify(trees.slice(0, 1))) resets++;
    }
    // The batch matters: a question by itself counts otherwise.
    expect(resets).toBeGreaterThan(3);
  });

  it("B-AEPO: trees that are there already count as they did when they grew", async () => {
    for (let seed = 0; seed < 25; seed++) {
      const trees = await growSmall(random(seed), growth(seed));
      const known = new Map(trees.flatMap((tree, index) => (index % 2 === seed % 2 ? [[index, tree] as const] : [])));
      expect(await growSmall(random(seed), { ...growth(seed), known })).toEqual(trees);
    }
  });
});

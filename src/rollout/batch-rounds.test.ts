import { describe, expect, it } from "vitest";
import { randomStream } from "../std/random.ts";
import { BatchRounds } from "./batch-rounds.ts";
import { batchOrder, type MadePaths, madePaths } from "./made-paths.ts";
import { afterBatch } from "./place-baselines.ts";
import type { ScriptPlace, TurnScript } from "./scripted-turns.ts";
import { answer, byPath, growSmall, look, type SmallGrowth, testRules } from "./testing/small-world.ts";
import { ownNodes, type Path, type RolloutTree } from "./tree.ts";

const made = (roots: number, rounds: readonly (readonly [number, "fork" | "fill", number])[]): MadePaths => ({
  roots,
  rounds: new Map(
    rounds.map(([round, kind, count]) => [round, { forks: 0, fills: 0, [kind === "fork" ? "forks" : "fills"]: count }]),
  ),
});

it("B-AEPO: a round is known when every question knows it, and counts when one of them made a path in it", () => {
  const rounds = new BatchRounds(2);
  expect([rounds.knowsBefore(-1), rounds.knowsBefore(0)]).toEqual([true, false]);
  rounds.tell(0, made(2, [[1, "fork", 1]]), 3);
  expect([rounds.knowsBefore(0), rounds.counts(1), rounds.counts(0)]).toEqual([false, true, false]);
  rounds.tell(1, made(2, [[0, "fork", 1]]), Number.POSITIVE_INFINITY);
  expect([rounds.knowsBefore(3), rounds.knowsBefore(4)]).toEqual([true, false]);
  expect([rounds.counts(0), rounds.counts(2)]).toEqual([true, false]);
});

it("B-AEPO: paths are numbered through the batch: roots, then round by round forks and fill-ups", () => {
  const first = made(2, [
    [0, "fork", 1],
    [3, "fill", 1],
  ]);
  const second = made(1, [
    [0, "fork", 2],
    [3, "fork", 1],
  ]);
  expect(batchOrder([first, second]).map((place) => place.join("."))).toEqual([
    "0.0",
    "0.1",
    "1.0",
    "0.2",
    "1.1",
    "1.2",
    "1.3",
    "0.3",
  ]);
  const rounds = new BatchRounds(2);
  rounds.tell(0, first, 9);
  rounds.tell(1, second, 9);
  expect([rounds.placeOf(1, 3), rounds.placeOf(0, 3), rounds.placeOf(0, 4)]).toEqual([6, 7, -1]);
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

/** Numbers by question and path: by iteration, in one forks before fill-ups, questions in order. */
function numbersOf(trees: readonly RolloutTree[]): Map<string, number> {
  const all = trees.flatMap((tree, question) => {
    const starts = startsOf(tree);
    return tree.paths.map(({ id, origin }) => {
      const fill = origin.kind === "root" && origin.role === "fill" ? 1 : 0;
      return { key: `${question}/${id}`, order: [starts.get(id) ?? 0, fill, question, id] };
    });
  });
  all.sort((a, b) => a.order.map((x, i) => x - (b.order[i] ?? 0)).find((x) => x !== 0) ?? 0);
  return new Map(all.map(({ key }, number) => [key, number]));
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

  it("B-AEPO: a path is compared with what first stood at its number in a batch, as the loop numbers paths", async () => {
    const places = { ...departures, placeBaselines: true };
    const rules = testRules({ groupSize: 6, departures: places, penalty: 0.05 });
    for (let seed = 0; seed < 25; seed++) {
      const placeBaselines = Array.from({ length: 20 }, (_, i) => (i % 5 === 4 ? null : i + 100));
      const trees = await growSmall(random(seed), { ...growth(seed), rules, placeBaselines });
      const numbers = numbersOf(trees);
      const after = afterBatch(placeBaselines, trees, rules);
      for (const [question, { decisions, paths, nodes }] of trees.entries()) {
        for (const { path, rootEntropy } of decisions) {
          expect(rootEntropy).toBe(after[numbers.get(`${question}/${path}`) ?? -1]);
        }
        for (const path of paths) {
          const number = numbers.get(`${question}/${path.id}`) ?? -1;
          const own = ownNodes({ nodes }, path)[0]?.turn?.entropies[0];
          expect(after[number]).toBeCloseTo(placeBaselines[number] ?? own ?? Number.NaN, 12);
        }
      }
      expect(after).toHaveLength(24);
    }
  });

  it("B-AEPO: what rounds made can be read from a tree", async () => {
    for (let seed = 0; seed < 25; seed++) {
      for (const tree of await growSmall(random(seed), growth(seed))) {
        const { roots, rounds } = madePaths(tree);
        const starts = [...startsOf(tree).values()].filter((start) => start > 0);
        const counted = [...rounds].flatMap(([round, { forks, fills }]) =>
          new Array<number>(forks + fills).fill(round),
        );
        expect([roots, counted.sort((a, b) => a - b)]).toEqual([
          tree.paths.length - starts.length,
          starts.map((start) => start - 1).sort((a, b) => a - b),
        ]);
      }
    }
  });

  it("B-AEPO: trees that are there already count as they did when they grew", async () => {
    for (let seed = 0; seed < 25; seed++) {
      const trees = await growSmall(random(seed), growth(seed));
      const known = new Map(trees.flatMap((tree, index) => (index % 2 === seed % 2 ? [[index, tree] as const] : [])));
      expect(await growSmall(random(seed), { ...growth(seed), known })).toEqual(trees);
    }
  });
});

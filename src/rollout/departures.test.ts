import { describe, expect, it } from "vitest";
import { randomStream } from "../std/random.ts";
import type { Departures } from "./departures.ts";
import { afterBatch } from "./place-baselines.ts";
import type { GrowthRules } from "./rules.ts";
import { answer, byPath, growOne, growSmall, look, type SmallGrowth, testRules } from "./testing/small-world.ts";
import type { RolloutTree } from "./tree.ts";

const LN2 = Math.LN2;

function grown(
  script: Parameters<typeof growOne>[0],
  departures: Departures,
  changes: Parameters<typeof testRules>[0] = {},
  growth: SmallGrowth = {},
): Promise<RolloutTree> {
  return growOne(script, { rules: testRules({ ...changes, departures }), ...growth });
}

function origins({ paths }: RolloutTree): string[] {
  return paths.map(({ origin }) => (origin.kind === "root" ? origin.role : `fork of ${origin.from} at ${origin.at}`));
}

describe("the measuring point", () => {
  // H of the turns of the one root; its forks answer at once.
  const script = byPath({ 0: [0.5, 1, 2, "answer"] });
  const rules = { groupSize: 9, budget: () => 1 };
  const measured = (tree: RolloutTree) =>
    tree.decisions.filter(({ path }) => path === 0).map(({ entropy, deltaEntropy }) => [entropy, deltaEntropy]);

  it("B-AEPO: after the result it is the turn that follows, before the call the turn that called", async () => {
    expect(measured(await grown(script, {}, rules))).toEqual([
      [1, 0.5],
      [2, 1.5],
      [0, -0.5],
    ]);
    expect(measured(await grown(script, { beforeCall: true }, rules))).toEqual([
      [0.5, 0],
      [1, 0.5],
      [2, 1.5],
    ]);
  });

  it("B-AEPO: before the call ΔH of a path's first call is 0, whatever its entropy", async () => {
    for (const first of [0, 0.5, 3]) {
      const tree = await grown(byPath({ 0: [first, 1, "answer"] }), { beforeCall: true }, rules);
      expect(tree.decisions[0]).toMatchObject({ turn: 0, entropy: first, deltaEntropy: 0, probability: 0.5 });
    }
  });

  it("B-AEPO: the fork starts behind the result in both", async () => {
    const fork = async (departures: Departures) =>
      origins(await grown(script, departures, { ...rules, groupSize: 2 })).at(-1);
    // Node 1 is the first call: ΔH 0.5 after it, 0 before it; node 2 the second.
    expect([await fork({}), await fork({ beforeCall: true })]).toEqual(["fork of 0 at 1", "fork of 0 at 2"]);
  });
});

describe("the estimate", () => {
  it("B-AEPO: the sampler is asked for the most likely tokens only then", async () => {
    // A look-up has three tokens; the one likely token listed is the sampled one, p = e^−H: −Σ p ln p = H e^−H each.
    const script = byPath({ 0: [LN2, 2 * LN2, "answer"] });
    const rules = { groupSize: 2, budget: () => 1 };
    const paper = await grown(script, {}, rules);
    expect(paper.nodes.some(({ turn }) => turn !== null && "topEntropies" in turn)).toBe(false);
    expect(paper.decisions[0]?.entropy).toBeCloseTo(2 * LN2, 12);
    const released = await grown(script, { topK: 1 }, rules);
    expect(released.nodes[1]?.turn?.topEntropies).toHaveLength(3);
    const [decision] = released.decisions;
    expect(decision?.rootEntropy).toBeCloseTo((3 * LN2) / 2, 12);
    expect(decision?.entropy).toBeCloseTo((3 * 2 * LN2) / 4, 12);
    // The entropy doubles and the estimate stays: what it does not list counts for nothing.
    expect(decision?.deltaEntropy).toBeCloseTo(0, 12);
  });

  it("B-AEPO: the probe is measured by it too", async () => {
    const script = byPath({ 0: [LN2, 2 * LN2, "answer"] });
    const tree = await grown(script, { topK: 1 }, { probe: "keep" });
    expect(tree.budget.rootEntropy).toBeCloseTo(1.5 * LN2, 12);
    // The mean of 1.5 ln 2 and of the answer's 0.
    expect(tree.budget.toolEntropy).toBeCloseTo(0.75 * LN2, 12);
  });
});

describe("the baseline", () => {
  // The root branches at its first result; the fork looks twice.
  const script = byPath({ 0: [0, 1, "answer"], 1: [3, 4, "answer"] });
  const rules = { groupSize: 2, budget: () => 1 };
  const baselines = (tree: RolloutTree) => tree.decisions.map(({ path, rootEntropy }) => [path, rootEntropy]);

  it("B-AEPO: a fork is compared with its root, or with its own first turn", async () => {
    expect(baselines(await grown(script, {}, rules))).toEqual([
      [0, 0],
      [0, 0],
      [1, 0],
      [1, 0],
    ]);
    expect(baselines(await grown(script, { placeBaselines: true }, rules))).toEqual([
      [0, 0],
      [0, 0],
      [1, 3],
      [1, 3],
    ]);
  });

  it("B-AEPO: from the second batch on, with what first stood at its place", async () => {
    const first = await grown(script, { placeBaselines: true }, rules);
    const places = afterBatch([], [first], testRules());
    expect(places).toEqual([0, 3]);
    const other = byPath({ 0: [5, 6, "answer"], 1: [7, 7, "answer"] });
    const second = await grown(other, { placeBaselines: true }, rules, { placeBaselines: places });
    expect(second.decisions[0]).toMatchObject({ entropy: 6, rootEntropy: 0, deltaEntropy: 6 });
    expect(new Set(second.decisions.filter(({ path }) => path === 1).map((d) => d.rootEntropy))).toEqual(new Set([3]));
    // Never cleared; a place that is new is taken.
    expect(afterBatch(places, [second, second], testRules())).toEqual([0, 3, 7, 7]);
    // The paper's rule does not look at places.
    expect((await grown(other, {}, rules, { placeBaselines: places })).decisions[0]).toMatchObject({ rootEntropy: 5 });
  });
});

describe("the count of consecutive branching", () => {
  // Root 0 branches at its first two results; root 1 finds nothing to branch on before its third.
  const script = byPath({ 0: [0, 1, 1, 0, 0, "answer"], 1: [0, 0, 0, 1, 1, "answer"] });
  const counts = async (departures: Departures) => {
    const tree = await grown(script, departures, { groupSize: 9 });
    return tree.decisions
      .filter(({ path }) => path < 2)
      .map(({ turn, path, consecutive, forks }) => [turn, path, consecutive, forks]);
  };

  it("B-AEPO: along the path in the paper, over the rounds of the question in the released code", async () => {
    expect(await counts({})).toEqual([
      [0, 0, 0, 1],
      [0, 1, 0, 0],
      [1, 0, 1, 1],
      [1, 1, 0, 0],
      [2, 0, 2, 0],
      [2, 1, 0, 1],
      [3, 0, 0, 0],
      [3, 1, 1, 1],
      [4, 0, 0, 0],
      [4, 1, 2, 0],
    ]);
    // Every path of a round has the same l, the number of rounds before it in a row that made a path.
    expect(await counts({ counter: "question" })).toEqual([
      [0, 0, 0, 1],
      [0, 1, 0, 0],
      [1, 0, 1, 1],
      [1, 1, 1, 0],
      [2, 0, 2, 0],
      [2, 1, 2, 1],
      [3, 0, 3, 0],
      [3, 1, 3, 1],
      [4, 0, 4, 0],
      [4, 1, 4, 0],
    ]);
  });

  it("B-AEPO: a round without a new path ends the run", async () => {
    const tree = await grown(
      byPath({ 0: [0, 1, 0, 1, 1, "answer"] }),
      { counter: "question" },
      {
        groupSize: 9,
        budget: () => 1,
      },
    );
    const root = tree.decisions.filter(({ path }) => path === 0);
    expect(root.map(({ consecutive, forks }) => [consecutive, forks])).toEqual([
      [0, 1],
      [1, 0],
      [0, 1],
      [1, 1],
      [2, 0],
    ]);
  });
});

describe("the fill-up", () => {
  // The roots answer at once: four slots are left. Fill-ups look, and find something to branch on.
  const script = byPath({ 2: [0, 1, "answer"], 4: [0, 1, "answer"] });

  it("B-AEPO: all at once and without branches, or one by one, and those may branch", async () => {
    expect(origins(await grown(script, {}, { groupSize: 6 }))).toEqual([
      "global",
      "global",
      ...new Array<string>(4).fill("fill"),
    ]);
    const tree = await grown(script, { fillOneByOne: true }, { groupSize: 6 });
    expect(origins(tree)).toEqual(["global", "global", "fill", "fork of 2 at 3", "fill", "fork of 4 at 7"]);
    expect(tree.decisions.map(({ budgetLeft, forks }) => [budgetLeft, forks])).toEqual([
      [3, 1],
      [2, 0],
      [1, 1],
      [0, 0],
    ]);
  });

  it("B-AEPO: one after the other: a fill-up starts when all paths have ended", async () => {
    const starts: number[] = [];
    const open = new Set<number>();
    const watching: Parameters<typeof growOne>[0] = (place) => {
      if (place.turn === 0) starts.push(open.size);
      open.add(place.path);
      const turn = byPath({})(place);
      open.delete(place.path);
      return turn;
    };
    const tree = await grown(watching, { fillOneByOne: true }, { groupSize: 5 });
    expect(starts).toEqual([0, 0, 0, 0, 0]);
    expect(tree.paths.map(({ leaf }) => leaf)).toEqual([1, 2, 3, 4, 5]);
  });

  it("B-AEPO: it counts as a round that made a path", async () => {
    const tree = await grown(script, { fillOneByOne: true, counter: "question" }, { groupSize: 6 });
    // l is 1 at a fill-up's first decision, which branches, and 2 at its second, which does not.
    expect(tree.decisions.map(({ path, consecutive }) => [path, consecutive])).toEqual([
      [2, 1],
      [2, 2],
      [4, 1],
      [4, 2],
    ]);
  });

  it("B-AEPO: groups have exactly k paths in any order of growth", async () => {
    for (const order of ["synchronous", "depthFirst"] as const) {
      for (let seed = 0; seed < 12; seed++) {
        const placeBaselines = order === "synchronous" && seed % 3 === 0;
        const random = ({ path, turn, question }: { path: number; turn: number; question: number }) => {
          const draw = randomStream(seed, question, path, turn);
          return { text: draw.uniform() < 0.6 ? look : answer, entropy: 2 * draw.uniform() };
        };
        const departures = { fillOneByOne: true, beforeCall: seed % 2 === 0, placeBaselines, topK: 2 };
        const rules: GrowthRules = testRules({ groupSize: 7, order, departures, penalty: 0.05 });
        for (const { paths, decisions } of await growSmall(random, { rules, questions: 2, seed })) {
          expect(paths.map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 5, 6]);
          const forks = decisions.reduce((sum, decision) => sum + decision.forks, 0);
          expect(paths.filter(({ origin }) => origin.kind === "fork")).toHaveLength(forks);
        }
      }
    }
  });
});

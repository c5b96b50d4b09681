import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomStream } from "../std/random.ts";
import type { GrowthRules } from "./rules.ts";
import { ScriptedTurns, type TurnScript } from "./scripted-turns.ts";
import { answer, byPath, forking, growOne, growSmall, look, smallTokenizer } from "./testing/small-world.ts";
import { ownNodes, type Path, type RolloutTree, walk } from "./tree.ts";
import { wholeRollouts } from "./whole-rollouts.ts";

function rules(trees: number, chains: number, rounds: number): GrowthRules {
  return { ...wholeRollouts(trees * (1 + chains * rounds)), budget: () => trees, chains };
}

function randomPolicy(seed: number): TurnScript {
  return ({ question, path, turn }) => {
    const random = randomStream(seed, question, path, turn);
    const action = random.pick([look, look, look, answer, "x <result>"]);
    return { text: "x ".repeat(random.integer(4)) + action, entropy: random.uniform() };
  };
}

interface Case {
  readonly seed: number;
  readonly trees: number;
  readonly chains: number;
  readonly rounds: number;
  readonly environment: "fork" | "replay" | "neither" | "broken";
  readonly calls: number;
}

const cases: fc.Arbitrary<Case> = fc.record({
  seed: fc.integer(),
  trees: fc.integer({ min: 1, max: 4 }),
  chains: fc.integer({ min: 1, max: 4 }),
  rounds: fc.integer({ min: 1, max: 3 }),
  environment: fc.constantFrom(
    "fork" as const,
    "fork" as const,
    "replay" as const,
    "neither" as const,
    "broken" as const,
  ),
  calls: fc.integer({ min: 0, max: 5 }),
});

const { initial } = forking;
const environments = {
  fork: forking,
  replay: { initial, replayable: true },
  neither: { initial },
  broken: {
    initial: () => {
      throw new Error("no such place");
    },
  },
};

async function grow({ seed, trees, chains, rounds, environment, calls }: Case) {
  const sampler = new ScriptedTurns(smallTokenizer, randomPolicy(seed));
  const world = { environment: environments[environment], limits: { tokens: 60, calls, turns: calls + 1 } };
  const grown = await growSmall(randomPolicy(seed), {
    sampler,
    rules: rules(trees, chains, rounds),
    world,
    questions: 2,
    seed,
  });
  return { sampler, trees: grown };
}

async function always(check: (tree: RolloutTree, one: Case) => void): Promise<void> {
  await fc.assert(
    fc.asyncProperty(cases, async (one) => {
      for (const tree of (await grow(one)).trees) check(tree, one);
    }),
    { numRuns: 60 },
  );
}

/** Paths of the m-th round, from 0, of a tree. */
function roundOf({ trees, chains }: Case, tree: RolloutTree, round: number): Path[] {
  return tree.paths.slice(trees + round * trees * chains, trees + (round + 1) * trees * chains);
}

/** Non-leaves of the tree of `root` among the paths before `end`: the question and every node that a turn followed. */
function nonLeaves(tree: RolloutTree, root: number, end: number): Set<number> {
  const members = tree.paths.filter((path) => path.root === root && path.id < end);
  return new Set([
    0,
    ...members.flatMap(({ leaf }) =>
      walk(tree, leaf)
        .slice(0, -1)
        .map(({ id }) => id),
    ),
  ]);
}

describe("whatever the policy does", () => {
  it("B-TREE: exactly k = M·(1 + N·L) paths: M whole, then N of each tree in every round, tree by tree", () =>
    always((tree, one) => {
      const { trees, chains, rounds } = one;
      expect(tree.paths.map(({ id }) => id)).toEqual(
        Array.from({ length: trees * (1 + chains * rounds) }, (_, i) => i),
      );
      const roots = tree.paths.slice(0, trees);
      expect(roots.every(({ origin }) => origin.kind === "root" && origin.role === "global")).toBe(true);
      for (let round = 0; round < rounds; round++) {
        const expected = roots.flatMap(({ id }) => new Array<number>(chains).fill(id));
        expect(roundOf(one, tree, round).map(({ root }) => root)).toEqual(expected);
      }
      expect(tree.paths.slice(trees).every(({ origin }) => origin.kind === "fork")).toBe(true);
      expect(tree.decisions).toEqual([]);
    }));

  it("B-TREE: a chain starts at a non-leaf of its own tree as it was before the round; repeats only where there are fewer", () =>
    always((tree, one) => {
      const { trees, chains, rounds } = one;
      for (let round = 0; round < rounds; round++) {
        const paths = roundOf(one, tree, round);
        for (let root = 0; root < trees; root++) {
          const starts = paths.flatMap((path) =>
            path.root === root && path.origin.kind === "fork" ? [path.origin.at] : [],
          );
          const there = nonLeaves(tree, root, paths[0]?.id ?? 0);
          for (const at of starts) expect(there).toContain(at);
          const forkable = one.environment === "fork" || one.environment === "replay";
          if (forkable && there.size >= chains) expect(new Set(starts).size).toBe(chains);
          if (!forkable) expect(new Set(starts)).toEqual(new Set([0]));
        }
      }
    }));

  it("B-TREE: a fork comes from the path that received the result it starts behind", () =>
    always((tree) => {
      for (const { origin } of tree.paths) {
        if (origin.kind !== "fork" || origin.at === 0) continue;
        const from = tree.paths[origin.from];
        expect(from === undefined ? [] : ownNodes(tree, from).map(({ id }) => id)).toContain(origin.at);
      }
    }));

  it("B-TREE, AEPO-R7: prefixes are shared: every token is paid for once", async () => {
    const tokens = (nodes: RolloutTree["nodes"]): number =>
      nodes.reduce((sum, { turn }) => sum + (turn?.ids.length ?? 0), 0);
    await fc.assert(
      fc.asyncProperty(cases, async (one) => {
        const { trees, sampler } = await grow(one);
        for (const tree of trees) {
          expect(tree.ledger.generated).toBe(tokens(tree.nodes));
          const ofPaths = tree.paths.reduce((sum, { leaf }) => sum + tokens(walk(tree, leaf)), 0);
          expect(ofPaths).toBe(tokens(tree.nodes) + tree.ledger.shared);
        }
        expect(trees.reduce((sum, { ledger }) => sum + ledger.generated, 0)).toBe(sampler.ledger.sampled);
      }),
      { numRuns: 40 },
    );
  });

  it("B-TREE, AEPO-R10: the same seed gives the same bytes", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (one) => {
        const [{ trees }, again] = [await grow(one), await grow(one)];
        expect(JSON.stringify(again.trees)).toBe(JSON.stringify(trees));
      }),
      { numRuns: 20 },
    );
  });
});

describe("the draw", () => {
  // A root of three tool steps: non-leaves are the question and nodes 1, 2, 3.
  const script = byPath({ 0: [0, 0, 0, "answer"] });
  const starts = (tree: RolloutTree) => tree.paths.flatMap(({ origin }) => (origin.kind === "fork" ? [origin.at] : []));

  it("B-TREE: all non-leaves once where N is their number", async () => {
    const tree = await growOne(script, { rules: rules(1, 4, 1) });
    expect(starts(tree).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3]);
  });

  it("B-TREE: with replacement where there are fewer", async () => {
    const tree = await growOne(byPath({}), { rules: rules(1, 3, 2) });
    // The root answers at once: only the question is left.
    expect(starts(tree)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it("B-TREE: uniform over the non-leaves, by the stream of the tree and the round", async () => {
    const counts = [0, 0, 0, 0];
    for (let seed = 0; seed < 400; seed++) {
      const [at = 0] = starts(await growOne(script, { rules: rules(1, 1, 1), seed }));
      counts[at] = (counts[at] ?? 0) + 1;
      const nodes = [0, 1, 2, 3];
      expect(at).toBe(randomStream(seed, "rollout", 1, "small/0", 0, 0, "chains").shuffle(nodes)[0]);
    }
    // 100 expected each; the deviation of a count is √(400 · 3/16) = 8.7.
    for (const count of counts) expect(Math.abs(count - 100)).toBeLessThan(4 * 8.7);
  });

  it("B-TREE: a chain goes on from the state at the end of the result", async () => {
    const tree = await growOne(
      byPath({ 0: [0, 0, 0, "answer"], 1: [0, "answer"], 2: [0, "answer"], 3: [0, "answer"], 4: [0, "answer"] }),
      { rules: rules(1, 4, 1) },
    );
    // The tool says how many calls the path has made before: 0 behind the question, i behind the i-th result.
    for (const path of tree.paths.slice(1)) {
      const at = path.origin.kind === "fork" ? path.origin.at : 0;
      expect(ownNodes(tree, path)[0]?.result?.text).toBe(`<result> n${at} </result>`);
    }
  });

  it("B-TREE, AEPO-R8: what cannot be had again is left out, and the run says so", async () => {
    const world = { environment: { initial } };
    const tree = await growOne(script, { rules: rules(1, 3, 1), world });
    expect(starts(tree)).toEqual([0, 0, 0]);
    expect(tree.notes).toEqual([
      "task small: the environment has neither fork nor replayable calls: it is never branched",
    ]);
  });
});

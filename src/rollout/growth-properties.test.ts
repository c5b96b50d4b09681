import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomStream } from "../std/random.ts";
import { stepEntropy } from "./entropy.ts";
import { toLossTree } from "./loss-tree.ts";
import { pathTokenIds } from "./path-tokens.ts";
import type { GrowthRules } from "./rules.ts";
import { ScriptedTurns, type TurnScript } from "./scripted-turns.ts";
import { answer, growSmall, look, smallTokenizer, testRules } from "./testing/small-world.ts";
import { toolSteps } from "./tool-steps.ts";
import { type Path, type RolloutTree, type TreeNode, walk } from "./tree.ts";

/** A policy that thinks for a while, then looks, answers or breaks off, with any entropies. */
function randomPolicy(seed: number): TurnScript {
  return ({ question, path, turn }) => {
    const random = randomStream(seed, question, path, turn);
    const thoughts = "x ".repeat(random.integer(6));
    const action = random.pick([look, look, look, answer, "x <result>"]);
    return { text: thoughts + action, entropy: Array.from({ length: 20 }, () => 2 * random.uniform()) };
  };
}

interface Case {
  readonly seed: number;
  readonly rules: GrowthRules;
}

const cases: fc.Arbitrary<Case> = fc
  .record({
    seed: fc.integer(),
    groupSize: fc.integer({ min: 2, max: 10 }),
    roots: fc.integer({ min: 1, max: 10 }),
    width: fc.integer({ min: 1, max: 3 }),
    penalty: fc.constantFrom(0, 0.05, 0.4),
    order: fc.constantFrom("synchronous" as const, "depthFirst" as const),
    probe: fc.constantFrom("none" as const, "keep" as const, "discard" as const),
    sampled: fc.boolean(),
    entropySkip: fc.integer({ min: 0, max: 4 }),
  })
  .map(({ seed, roots, sampled, ...rest }) => ({
    seed,
    rules: testRules({
      ...rest,
      budget: () => Math.min(roots, rest.groupSize),
      entropyTokens: 3,
      ...(sampled ? { decision: { kind: "sample" as const } } : {}),
    }),
  }));

async function grow({ seed, rules }: Case): Promise<{ trees: RolloutTree[]; sampler: ScriptedTurns }> {
  const sampler = new ScriptedTurns(smallTokenizer, randomPolicy(seed));
  const world = { limits: { tokens: 70, calls: 5, turns: 6 } };
  return { sampler, trees: await growSmall(randomPolicy(seed), { sampler, rules, world, questions: 2, seed }) };
}

/** Checks a property of every tree of random growths. */
async function always(check: (tree: RolloutTree, rules: GrowthRules) => void): Promise<void> {
  await fc.assert(
    fc.asyncProperty(cases, async (one) => {
      for (const tree of (await grow(one)).trees) check(tree, one.rules);
    }),
    { numRuns: 60 },
  );
}

function forksOf(
  tree: RolloutTree,
): (Path & { readonly origin: { readonly kind: "fork"; from: number; at: number } })[] {
  return tree.paths.flatMap((path) => (path.origin.kind === "fork" ? [{ ...path, origin: path.origin }] : []));
}

function tokens(nodes: readonly TreeNode[]): number {
  return nodes.reduce((sum, { turn }) => sum + (turn?.ids.length ?? 0), 0);
}

describe("whatever the policy does", () => {
  it("AEPO-R6: a group has exactly k paths, numbered in order of creation", () =>
    always((tree, { groupSize }) => {
      expect(tree.paths.map(({ id }) => id)).toEqual(Array.from({ length: groupSize }, (_, i) => i));
      expect(new Set(tree.paths.map(({ leaf }) => leaf)).size).toBe(groupSize);
    }));

  it("AEPO-R4, AEPO-R5: the branch budget is never exceeded, and what is left of it is filled up", () =>
    always((tree, { groupSize, width }) => {
      const budget = groupSize - tree.budget.globalRollouts;
      let left = budget;
      for (const { budgetLeft, forks, wanted } of tree.decisions) {
        expect(budgetLeft).toBe(left);
        expect(forks).toBe(wanted ? Math.min(width, left) : 0);
        left -= forks;
      }
      expect(forksOf(tree)).toHaveLength(budget - left);
      expect(tree.paths.filter(({ origin }) => origin.kind === "root" && origin.role === "fill")).toHaveLength(left);
    }));

  it("AEPO-R7: a fork shares the very tokens of its parent up to the end of the result", () =>
    always((tree) => {
      for (const { id, origin } of forksOf(tree)) {
        const prefix = walk(tree, origin.at);
        const length =
          tree.promptIds.length +
          prefix.reduce((n, { turn, result }) => n + (turn?.ids.length ?? 0) + (result?.ids.length ?? 0), 0);
        const shared = pathTokenIds(tree, origin.from).ids.slice(0, length);
        expect(pathTokenIds(tree, id).ids.slice(0, length)).toEqual(shared);
        expect(prefix.at(-1)?.result).not.toBeNull();
        // Its state is its own: the calls after the fork are counted on from there.
        const said = walk(tree, tree.paths[id]?.leaf ?? 0).flatMap(({ result }) => result?.text ?? []);
        expect(said).toEqual(said.map((_, i) => `<result> n${i} </result>`));
      }
    }));

  it("AEPO-R3: l is the length of the run of branching steps directly above, on the path and its ancestors", () =>
    always((tree) => {
      const after = new Map<string, number>();
      for (const { path, turn, consecutive, forks } of tree.decisions) {
        const origin = tree.paths[path]?.origin;
        const parentTurn = origin?.kind === "fork" ? walk(tree, origin.at).length - 1 : -1;
        const before =
          origin?.kind === "fork" && turn === parentTurn + 1
            ? after.get(`${origin.from} ${parentTurn}`)
            : after.get(`${path} ${turn - 1}`);
        expect(consecutive).toBe(before ?? 0);
        after.set(`${path} ${turn}`, forks > 0 ? consecutive + 1 : 0);
      }
    }));

  it("AEPO-R4: a result is decided at most once, by the path that received it", () =>
    always((tree, rules) => {
      const measured = new Map(toolSteps(tree, rules).map((step) => [step.node, step]));
      expect(new Set(tree.decisions.map(({ node }) => node)).size).toBe(tree.decisions.length);
      for (const { node, path, entropy, tool } of tree.decisions) {
        expect(measured.get(node)).toEqual({ node, path, entropy, tool });
      }
      const mayBranch = tree.paths.filter(({ origin }) => origin.kind === "fork" || origin.role === "global");
      const steps = mayBranch.map(({ id }) => [...measured.values()].filter(({ path }) => path === id).length);
      expect(tree.decisions).toHaveLength(steps.reduce((sum, n) => sum + n, 0));
    }));

  it("AEPO-R2: ΔH is measured on the turn behind the result, against the root's first step", () =>
    always((tree, rules) => {
      for (const { path, turn, entropy, rootEntropy, deltaEntropy } of tree.decisions) {
        const turns = walk(tree, tree.paths[path]?.leaf ?? 0).map((node) => node.turn?.entropies ?? []);
        expect(entropy).toBe(stepEntropy(turns[turn + 1] ?? [], rules));
        const root = walk(tree, tree.paths[tree.paths[path]?.root ?? 0]?.leaf ?? 0)[0];
        expect(rootEntropy).toBe(stepEntropy(root?.turn?.entropies ?? [], rules));
        expect(deltaEntropy).toBe(entropy - rootEntropy);
      }
    }));

  it("AEPO-R9: decisions come round by round and path by path, or root by root", () =>
    always((tree, { order }) => {
      const keys = tree.decisions.map(({ turn, path }) =>
        order === "synchronous" ? turn * 1000 + path : (tree.paths[path]?.root ?? 0),
      );
      expect(keys).toEqual([...keys].sort((a, b) => a - b));
    }));

  it("AEPO-R7: every token is paid for once: the ledger is the sampler's, and the sum over nodes", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (one) => {
        const { trees, sampler } = await grow(one);
        for (const tree of trees) {
          const discarded = tree.discarded?.nodes ?? [];
          expect(tree.ledger.generated).toBe(tokens(tree.nodes) + tokens(discarded));
          const ofPaths = tree.paths.reduce((sum, { leaf }) => sum + tokens(walk(tree, leaf)), 0);
          expect(ofPaths).toBe(tokens(tree.nodes) + tree.ledger.shared);
        }
        expect(trees.reduce((sum, { ledger }) => sum + ledger.generated, 0)).toBe(sampler.ledger.sampled);
      }),
      { numRuns: 60 },
    );
  });

  it("AEPO-R10: the same seed gives the same bytes, and JSON gives the tree back", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (one) => {
        const [{ trees }, again] = [await grow(one), await grow(one)];
        expect(JSON.stringify(again.trees)).toBe(JSON.stringify(trees));
        expect(JSON.parse(JSON.stringify(trees))).toEqual(trees);
      }),
      { numRuns: 20 },
    );
  });

  it("AEPO-L6: the loss tree holds every token once and every path whole", () =>
    always((tree) => {
      const trained = tree.paths.map(({ id, leaf }) => {
        const arrays = new Float32Array(tokens(walk(tree, leaf)));
        return { path: id, advantages: arrays, weights: arrays };
      });
      const loss = toLossTree(tree, trained);
      const trailing = tree.paths.reduce((sum, { leaf }) => sum + (tree.nodes[leaf]?.result?.ids.length ?? 0), 0);
      const results = tree.nodes.reduce((sum, { result }) => sum + (result?.ids.length ?? 0), 0);
      expect(loss.ids).toHaveLength(tree.promptIds.length + tokens(tree.nodes) + results - trailing);
      for (const [i, { leaf, tokens: policyTokens }] of loss.paths.entries()) {
        const chain: number[] = [];
        for (let at = leaf; at >= 0; at = loss.parents[at] ?? -1) chain.unshift(at);
        const { ids, mask } = pathTokenIds(tree, i);
        expect(chain.map((at) => loss.ids[at])).toEqual(ids.slice(0, chain.length));
        expect(chain.filter((_, t) => mask[t])).toEqual([...policyTokens]);
      }
    }));
});

import { describe, expect, it } from "vitest";
import { thrownMessage } from "../../test/support/thrown.ts";
import { checkLossTree } from "../policy/loss-tree.ts";
import { toLossTree, type TrainedPath } from "./loss-tree.ts";
import { pathTokenIds } from "./path-tokens.ts";
import { byPath, growOne, smallTokenizer, testRules } from "./testing/small-world.ts";
import type { RolloutTree } from "./tree.ts";

// Root 0 looks twice and branches at its first result; the fork (path 2) answers at once, and so does root 1.
const grown = growOne(byPath({ 0: [0, 1, 0.25, "answer"], 1: ["answer"] }), { rules: testRules({ groupSize: 3 }) });

function trained(tree: RolloutTree, ...paths: readonly number[]): TrainedPath[] {
  return paths.map((path) => {
    const count = pathTokenIds(tree, path).mask.filter(Boolean).length;
    return { path, advantages: new Float32Array(count).fill(path), weights: new Float32Array(count).fill(0.5) };
  });
}

/** Ids from the start to a token. */
function chain({ ids, parents }: { ids: Int32Array; parents: Int32Array }, leaf: number): number[] {
  const found: number[] = [];
  for (let i = leaf; i >= 0; i = parents[i] ?? -1) found.unshift(ids[i] ?? -1);
  return found;
}

describe("the tokens of a path", () => {
  it("AEPO-L5: the policy's tokens are trained, the prompt and results are not", async () => {
    const { ids, mask, logprobs, entropies } = pathTokenIds(await grown, 2);
    expect(smallTokenizer.decode(ids)).toBe("q <look> x </look> <result> n0 </result> <answer> y </answer>");
    expect(mask.map(Number).join("")).toBe("0111000111");
    expect(entropies).toEqual([null, 0, 0, 0, null, null, null, 0, 0, 0]);
    // The script's log-probability is minus its entropy.
    expect(logprobs).toEqual(entropies.map((entropy) => (entropy === null ? null : -entropy)));
  });

  it("an unknown path is an error that names those there are", async () => {
    const tree = await grown;
    expect(thrownMessage(() => pathTokenIds(tree, 9))).toBe(
      "the tree of question small/0 has no path 9\n  found: paths 0, 1, 2",
    );
  });
});

describe("the tree to train on", () => {
  it("AEPO-L6: every token once, a shared prefix shared", async () => {
    const tree = await grown;
    const { ids, parents, paths } = toLossTree(tree, trained(tree, 0, 2));
    // Prompt 0; look 1-3, result 4-6, look 7-9, result 10-12, look 13-15, result 16-18, answer 19-21; the fork's 22-24.
    expect(ids).toHaveLength(25);
    expect([...parents]).toEqual([-1, ...Array.from({ length: 21 }, (_, i) => i), 6, 22, 23]);
    expect(paths.map(({ leaf }) => leaf)).toEqual([21, 24]);
    expect([...(paths[0]?.tokens ?? [])]).toEqual([1, 2, 3, 7, 8, 9, 13, 14, 15, 19, 20, 21]);
    expect([...(paths[1]?.tokens ?? [])]).toEqual([1, 2, 3, 22, 23, 24]);
    expect(paths[0]?.oldLogprobs.slice(3, 9)).toEqual(Float32Array.of(-1, -1, -1, -0.25, -0.25, -0.25));
    expect(paths[1]?.advantages).toEqual(new Float32Array(6).fill(2));
  });

  it("AEPO-L6, AEPO-L7: some of the paths still share what they have in common, in any order", async () => {
    const tree = await grown;
    for (const choice of [[2, 0, 1], [1], [0, 1], []]) {
      const loss = toLossTree(tree, trained(tree, ...choice));
      checkLossTree(loss, smallTokenizer.vocabularySize);
      for (const [i, path] of choice.entries()) {
        expect(chain(loss, loss.paths[i]?.leaf ?? -1)).toEqual([...pathTokenIds(tree, path).ids]);
      }
    }
    expect(toLossTree(tree, trained(tree, 2, 0, 1)).ids).toHaveLength(28);
    expect(toLossTree(tree, trained(tree, 1)).ids).toHaveLength(4);
  });

  it("AEPO-L5: a result that nothing follows is left out", async () => {
    // The limit of 13 tokens is reached with the second result.
    const rules = testRules({ groupSize: 1, budget: () => 1 });
    const tree = await growOne(byPath({ 0: [0, 0, 0] }), { rules, world: { limits: { tokens: 13 } } });
    expect(tree.paths[0]?.end).toBe("token-limit");
    expect(pathTokenIds(tree, 0).ids).toHaveLength(13);
    const { ids, paths } = toLossTree(tree, trained(tree, 0));
    expect([ids.length, paths[0]?.leaf]).toEqual([10, 9]);
  });

  it("a path that never wrote a token trains none", async () => {
    const environment = {
      initial: () => {
        throw new Error("no");
      },
    };
    const tree = await growOne(byPath({}), { rules: testRules({ groupSize: 2 }), world: { environment } });
    const loss = toLossTree(tree, trained(tree, 0, 1));
    checkLossTree(loss, smallTokenizer.vocabularySize);
    expect(loss.paths.map(({ leaf, tokens }) => [leaf, tokens.length])).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  it("arrays of another length than the path's are an error", async () => {
    const tree = await grown;
    const wrong = trained(tree, 1).map((one): TrainedPath => ({ ...one, path: 0 }));
    expect(thrownMessage(() => toLossTree(tree, wrong))).toBe(
      "path 0 has 12 policy tokens\n  expected: one entry each\n  found: 3 advantages and 3 weights",
    );
  });
});

import { beforeAll, describe, expect, it } from "vitest";
import { aepo, aepoSchema } from "../algorithm/aepo.ts";
import { measureBranching } from "../algorithm/measure-branching.ts";
import { growPaperExample } from "./testing/paper-example.ts";
import type { RolloutTree } from "./tree.ts";

// Every symbol at its default (k 16, α 0.5, γ 0.2, τ 0.5, Z 1, nats), m = k/2 = 8: λ is the only difference.
// ΔH = 0.12 − 0.02 = 0.1: P = 0.5 + 0.2 · 0.1 = 0.52 at l = 0 and, with λ = 0.05, 0.52 · 0.95 = 0.494 at l = 1.
function grow(penalty: number): Promise<RolloutTree> {
  const options = aepoSchema.parse({
    name: "aepo",
    budget: { premonitor: false },
    order: "depthFirst",
    branch: { penalty },
  });
  return growPaperExample(aepo(options, { tokens: 20, skip: 0 }).growth);
}

function branchesByRoot({ paths }: RolloutTree): number[] {
  return paths
    .filter(({ origin }) => origin.kind === "root")
    .map(({ id }) => paths.filter(({ origin, root }) => origin.kind === "fork" && root === id).length);
}

describe("the paper's example (AEPO-R3, R5, R9, depth first, k 16, m 8)", () => {
  let arpo: RolloutTree;
  let balanced: RolloutTree;
  beforeAll(async () => {
    [arpo, balanced] = await Promise.all([grow(0), grow(0.05)]);
  });

  it("both groups have 16 paths, 8 of them roots, and no fill-up", () => {
    for (const { paths, budget } of [arpo, balanced]) {
      expect(budget).toMatchObject({ groupSize: 16, globalRollouts: 8, rootEntropy: null });
      expect(paths).toHaveLength(16);
      expect(paths.filter(({ origin }) => origin.kind === "root" && origin.role === "global")).toHaveLength(8);
      expect(paths.filter(({ origin }) => origin.kind === "fork")).toHaveLength(8);
    }
  });

  it("AEPO-R3: without the penalty the whole branch budget goes to the first chain", () => {
    // Six steps of the root branch; then its newest fork, and the fork of that one, take what is left.
    expect(branchesByRoot(arpo)).toEqual([8, 0, 0, 0, 0, 0, 0, 0]);
    expect(arpo.paths.flatMap(({ origin }) => (origin.kind === "fork" ? origin.from : []))).toEqual([
      0, 0, 0, 0, 0, 0, 6, 7,
    ]);
    const branching = arpo.decisions.filter(({ forks }) => forks > 0);
    expect(branching.map(({ consecutive }) => consecutive)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it("AEPO-R3: with it six of the eight roots are reached", () => {
    // Chain: branch, denied, branch, denied, branch, denied; its forks carry l = 1 and are denied; then one branch a root.
    expect(branchesByRoot(balanced)).toEqual([3, 1, 1, 1, 1, 1, 0, 0]);
    const chain = balanced.decisions.filter(({ path }) => path === 0);
    expect(chain.map(({ forks, consecutive }) => [forks, consecutive])).toEqual([
      [1, 0],
      [0, 1],
      [1, 0],
      [0, 1],
      [1, 0],
      [0, 1],
    ]);
    expect(chain.map(({ probability }) => Math.round(probability * 1000))).toEqual([520, 494, 520, 494, 520, 494]);
  });

  it("the figures of the two: top 1, top 3, roots hit, consecutive branches, denied", () => {
    expect(measureBranching([arpo])).toMatchObject({
      top1: 1,
      top3: 1,
      rootsHit: 1,
      consecutiveShare: 7 / 8,
      denied: 0,
      // One run of eight.
      runLengths: [0, 0, 0, 0, 0, 0, 0, 1],
    });
    expect(measureBranching([balanced])).toMatchObject({
      top1: 3 / 8,
      top3: 5 / 8,
      rootsHit: 6,
      consecutiveShare: 0,
      // Three on the chain, its three forks; the forks of roots 2 to 5; second steps of roots 3 and 5.
      denied: 12,
      runLengths: [8],
    });
  });

  it("the same bytes every time", async () => {
    expect(JSON.stringify(await grow(0.05))).toBe(JSON.stringify(balanced));
  });
});

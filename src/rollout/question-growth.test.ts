import { describe, expect, it } from "vitest";
import { derivedSeed, randomStream } from "../std/random.ts";
import { ScriptedTurns, type TurnScript } from "./scripted-turns.ts";
import { answer, byPath, growOne, growSmall, look, smallTokenizer, testRules } from "./testing/small-world.ts";
import type { RolloutTree } from "./tree.ts";
import { walk } from "./tree.ts";

/** Where each path came from: `probe`, `global`, `fill`, or `fork of PATH at NODE`. */
function origins({ paths }: RolloutTree): string[] {
  return paths.map(({ origin }) => (origin.kind === "root" ? origin.role : `fork of ${origin.from} at ${origin.at}`));
}

/** Seeds of all requests, by path and turn. */
async function seedsOf(script: TurnScript, rules = testRules()): Promise<Map<string, number>> {
  const seeds = new Map<string, number>();
  const recording: TurnScript = (place) => {
    seeds.set(`${place.root ?? "fork"} ${place.path} ${place.turn}`, place.seed);
    return script(place);
  };
  await growOne(recording, { rules });
  return seeds;
}

// Entropies of the turns of a path: the first is H_root, each further one is the H of the step after a result.
describe("the probe and the budget", () => {
  const script = byPath({ 0: [0.5, 1, 2, "answer"], 1: [0, 1, "answer"] });

  it("AEPO-R1, AEPO-H3: the probe is measured first, counts as the first root and does not branch", async () => {
    const tree = await growOne(script, { rules: testRules({ probe: "keep" }) });
    expect(tree.budget).toEqual({ rootEntropy: 0.5, toolEntropy: 1, toolSteps: 3, groupSize: 4, globalRollouts: 2 });
    // Root 1 branches after its first result (nodes 1 to 4 are the probe's); what is left of the group is filled up.
    expect(origins(tree)).toEqual(["probe", "global", "fork of 1 at 5", "fill"]);
    expect(tree.decisions.filter(({ path }) => path === 0)).toEqual([]);
  });

  it("AEPO-R1: m = k leaves nothing to branch with", async () => {
    const tree = await growOne(script, { rules: testRules({ probe: "keep", budget: () => 4 }) });
    expect(origins(tree)).toEqual(["probe", "global", "global", "global"]);
    expect(tree.decisions.every(({ budgetLeft, forks }) => budgetLeft === 0 && forks === 0)).toBe(true);
  });

  it("AEPO-R1: a discarded probe is no path, but is paid for", async () => {
    const tree = await growOne(script, { rules: testRules({ probe: "discard" }) });
    expect(origins(tree)).toEqual(["global", "global", "fork of 0 at 1", "fork of 1 at 2"]);
    expect(tree.discarded).toMatchObject({ end: "answer", nodes: [{ id: 1 }, { id: 2 }, { id: 3 }, { id: 4 }] });
    // 4 turns of the probe, 4 of path 0, 3 of path 1, 1 of each fork, 3 tokens each.
    expect(tree.ledger.generated).toBe(3 * (4 + 4 + 3 + 1 + 1));
    expect(tree.ledger.toolCalls).toBe(3 + 3 + 2);
  });

  it("AEPO-R1: without pre-monitoring there is no probe and every root may branch", async () => {
    const tree = await growOne(byPath({ 0: [0, 1, "answer"], 1: [0, 1, "answer"] }));
    expect(tree.budget).toEqual({
      rootEntropy: null,
      toolEntropy: null,
      toolSteps: 0,
      groupSize: 4,
      globalRollouts: 2,
    });
    expect(origins(tree)).toEqual(["global", "global", "fork of 0 at 1", "fork of 1 at 2"]);
  });

  it("AEPO-R1: probes of other questions run meanwhile", async () => {
    const before: string[] = [];
    const sampler = new ScriptedTurns(smallTokenizer, byPath({}));
    const submit = sampler.submit.bind(sampler);
    sampler.submit = (request) => {
      if (sampler.ledger.sampled === 0) before.push(request.id);
      submit(request);
    };
    await growSmall(byPath({}), { sampler, questions: 3, rules: testRules({ probe: "keep" }) });
    expect(before).toEqual(["0/0", "1/0", "2/0"]);
  });

  it("AEPO-R10: one stream a node: seeds are named by question, path and turn", async () => {
    const seeds = await seedsOf(script, testRules({ probe: "discard" }));
    expect(seeds.get("0 0 0")).toBe(derivedSeed(1, "rollout", 1, "small/0", "probe", 0));
    expect(seeds.get("1 0 0")).toBe(derivedSeed(1, "rollout", 1, "small/0", 0, 0));
    expect(seeds.get("1 0 1")).toBe(derivedSeed(1, "rollout", 1, "small/0", 0, 1));
    // The fork of path 0 goes on with its second turn.
    expect(seeds.get("fork 2 0")).toBe(derivedSeed(1, "rollout", 1, "small/0", 2, 1));
    expect(new Set(seeds.values()).size).toBe(seeds.size);
  });
});

describe("branching", () => {
  it("AEPO-R2, AEPO-R4: a fork starts at the end of the tool result; the path keeps what it wrote", async () => {
    const prefixes: string[] = [];
    const script: TurnScript = (place) => {
      if (place.root === null) prefixes.push(place.prefix);
      return byPath({ 0: [0.25, 1, "answer"], 1: ["answer"] })(place);
    };
    const tree = await growOne(script, { rules: testRules({ groupSize: 3 }) });
    expect(prefixes).toEqual(["q <look> x </look> <result> n0 </result>"]);
    expect(tree.decisions[0]).toMatchObject({ entropy: 1, rootEntropy: 0.25, deltaEntropy: 0.75, forks: 1, turn: 0 });
    expect(walk(tree, tree.paths[0]?.leaf ?? 0).map(({ turn }) => turn?.text)).toEqual([look, look, answer]);
    expect(walk(tree, tree.paths[2]?.leaf ?? 0).map(({ turn }) => turn?.text)).toEqual([look, answer]);
  });

  it("AEPO-R3: at a step that branches the path and its children carry l + 1, at any other l becomes 0", async () => {
    // Steps of the root: high, high, low, high. Forks look once more on their own.
    const script = byPath({ 0: [0, 1, 1, 0, 1, "answer"], 1: [0, 1, "answer"], 2: [0, 1, "answer"] });
    const tree = await growOne(script, { rules: testRules({ groupSize: 9, budget: () => 1 }) });
    const seen = (path: number) =>
      tree.decisions.filter((d) => d.path === path).map((d) => [d.turn, d.consecutive, d.forks]);
    expect(seen(0)).toEqual([
      [0, 0, 1],
      [1, 1, 1],
      [2, 2, 0],
      [3, 0, 1],
      [4, 1, 0],
    ]);
    // Fork 1 was made at turn 0 and decides first at turn 1, with l = 1.
    expect(seen(1)[0]).toEqual([1, 1, 1]);
    // Fork 2 was made by the root at turn 1 with l = 2.
    expect(tree.paths[2]?.origin).toMatchObject({ from: 0 });
    expect(seen(2)[0]).toEqual([2, 2, 1]);
  });

  it("AEPO-R3: l becomes 0 when it is the budget that says no", async () => {
    const script = byPath({ 0: [0, 1, 1, 1, "answer"] });
    const tree = await growOne(script, { rules: testRules({ groupSize: 2, budget: () => 1 }) });
    expect(tree.decisions.filter(({ path }) => path === 0)).toMatchObject([
      { consecutive: 0, forks: 1, blockedBy: null },
      { consecutive: 1, forks: 0, blockedBy: "budget" },
      { consecutive: 0, forks: 0, blockedBy: "budget" },
      { consecutive: 0, forks: 0, blockedBy: "probability" },
    ]);
  });

  it("AEPO-R4: Z forks at a step, as far as the budget goes", async () => {
    const script = byPath({ 0: [0, 1, 1, "answer"] });
    const tree = await growOne(script, { rules: testRules({ width: 2, budget: () => 1 }) });
    expect(origins(tree)).toEqual(["global", "fork of 0 at 1", "fork of 0 at 1", "fork of 0 at 2"]);
  });

  it("AEPO-R4: a result is decided once, and a fork's inherited steps never again", async () => {
    const script = byPath({ 0: [0, 1, 1, "answer"], 1: [0, 1, 1, "answer"], 2: [1, 1, "answer"], 3: [1, "answer"] });
    const tree = await growOne(script, { rules: testRules({ groupSize: 6 }) });
    const decided = tree.decisions.map(({ node }) => node);
    expect(new Set(decided).size).toBe(decided.length);
    for (const { node, path } of tree.decisions) {
      const { origin, leaf } = tree.paths[path] ?? { leaf: 0 };
      const inherited = origin?.kind === "fork" ? walk(tree, origin.at).map(({ id }) => id) : [];
      expect(inherited).not.toContain(node);
      expect(walk(tree, leaf).map(({ id }) => id)).toContain(node);
    }
  });

  it("AEPO-R4: sampled decisions draw from the step's own stream", async () => {
    const script = byPath({ 0: [0, 1, 1, "answer"], 1: [0, 1, "answer"] });
    const tree = await growOne(script, { rules: testRules({ decision: { kind: "sample" } }) });
    expect(tree.decisions.length).toBeGreaterThan(3);
    for (const { path, turn, comparedWith, wanted, probability } of tree.decisions) {
      expect(comparedWith).toBe(randomStream(1, "rollout", 1, "small/0", path, turn, "branch").uniform());
      expect(wanted).toBe(comparedWith < probability);
    }
  });

  it("AEPO-R5: budget left when all paths have ended becomes whole rollouts that do not branch", async () => {
    const script = byPath({ 2: [0, 9, "answer"], 3: [0, 9] });
    const tree = await growOne(script, { rules: testRules({ groupSize: 5 }) });
    expect(origins(tree)).toEqual(["global", "global", "fill", "fill", "fill"]);
    expect(tree.decisions).toEqual([]);
  });
});

import { describe, expect, it } from "vitest";
import type { Departures } from "./departures.ts";
import { ScriptedTurns } from "./scripted-turns.ts";
import { losing } from "./testing/losing-sampler.ts";
import { byPath, growOne, look, type SmallGrowth, smallTokenizer, testRules } from "./testing/small-world.ts";

describe("H_root on a generation of its own", () => {
  // The probe's turns; the generation of its own is no path's.
  const probe = byPath({ 0: [1, 3, "answer"] });
  const script: typeof probe = (place) =>
    Number.isNaN(place.path) ? { text: `${look} ${look}`, entropy: 5 } : probe(place);
  const rootTokens = 4;
  let told: unknown = null;
  const budget = (measured: unknown) => {
    told = measured;
    return 2;
  };
  const grown = (turns: typeof probe, departures: Departures, growth: SmallGrowth = {}) =>
    growOne(turns, { rules: testRules({ probe: "keep", budget, departures }), ...growth });

  it("B-AEPO: it is cut, paid for and thrown away", async () => {
    const paper = await grown(probe, {});
    expect([told, paper.rootTurn]).toEqual([{ rootEntropy: 1, toolEntropies: [3, 0] }, undefined]);
    const tree = await grown(script, { rootTokens });
    expect(told).toEqual({ rootEntropy: 5, firstEntropy: 1, toolEntropies: [3, 0] });
    expect(tree.budget.rootEntropy).toBe(5);
    expect(tree.rootTurn?.ids).toHaveLength(rootTokens);
    // All else is as it was, ΔH of the paths too.
    expect({ ...tree, rootTurn: undefined, budget: null, ledger: null }).toEqual({
      ...paper,
      rootTurn: undefined,
      budget: null,
      ledger: null,
    });
    expect(tree.ledger).toEqual({ ...paper.ledger, generated: paper.ledger.generated + rootTokens });
  });

  it("B-AEPO: by the same estimate as other steps", async () => {
    const tree = await grown(script, { rootTokens, topK: 1 });
    expect(tree.budget.rootEntropy).toBeCloseTo(4 * 5 * Math.exp(-5), 12);
  });

  it("one that is lost leaves the probe's first step, and a note", async () => {
    const sampler = losing(new ScriptedTurns(smallTokenizer, script), (id) => id === "0/root");
    const tree = await grown(script, { rootTokens }, { sampler });
    expect([told, tree.notes]).toEqual([
      { rootEntropy: 1, toolEntropies: [3, 0] },
      ["the generation that H_root is measured on was lost: the probe's first step is in its place"],
    ]);
  });
});

import { describe, expect, it } from "vitest";
import { aepo, aepoSchema } from "../algorithm/aepo.ts";
import { measureBranching, measureBudget } from "../algorithm/measure-branching.ts";
import type { TurnScript } from "./scripted-turns.ts";
import { answer, growSmall, look } from "./testing/small-world.ts";
import { toolSteps } from "./tool-steps.ts";
import type { RolloutTree } from "./tree.ts";

// First step and steps behind results, by question: the differences are 2, −2 and 0 nats.
const entropies = [
  [0, 2, 2],
  [2, 0, 0],
  [1, 1, 1],
] as const;

const script: TurnScript = ({ question, turn, root }) => ({
  entropy: entropies[question]?.[root === null ? 1 : turn] ?? 0,
  text: turn < (root === null ? 1 : 2) ? look : answer,
});

function grow(changes: object): Promise<RolloutTree[]> {
  const options = aepoSchema.parse({ name: "aepo", groupSize: 12, ...changes });
  return growSmall(script, { questions: 3, rules: aepo(options, { tokens: 20, skip: 0 }).growth });
}

describe("each mechanism has its own figure", () => {
  it("AEPO-R1: pre-monitoring spreads m over the questions; without it m is k/2", async () => {
    // k·σ(β·(H_root − H_tool)) = 12·σ(∓1) = 3.23 and 8.77, 12·σ(0) = 6.
    expect(measureBudget(await grow({})).m).toEqual([3, 9, 6]);
    expect(measureBudget(await grow({ budget: { premonitor: false } }))).toMatchObject({ m: [6, 6, 6], mStd: 0 });
  });

  it("AEPO-R1: β 0 measures and lets nothing follow from it", async () => {
    const budget = measureBudget(await grow({ budget: { sensitivity: 0 } }));
    expect(budget).toMatchObject({ m: [6, 6, 6], rootEntropyMean: 1 });
  });

  it("AEPO-R3: the penalty denies, and only the penalty", async () => {
    const denied = async (penalty: number) => measureBranching(await grow({ branch: { penalty, base: 0.2 } })).denied;
    // P = 0.2 + 0.2 · 2 = 0.6 at l = 0, 0.6 · 0.7 = 0.42 at l = 1.
    expect(await denied(0.3)).toBeGreaterThan(0);
    expect(await denied(0)).toBe(0);
  });

  it("AEPO-H2: the window moves what is measured", async () => {
    const window = { entropyTokens: 1, entropySkip: 1 };
    const [first] = await grow({});
    expect(first === undefined ? [] : toolSteps(first, window).map(({ entropy }) => entropy)).toContain(2);
    const rising: TurnScript = (place) => ({ ...script(place), entropy: [0, 5, 9] });
    const rules = (changes: object) =>
      aepo(aepoSchema.parse({ name: "aepo", groupSize: 4, ...changes }), { tokens: 20, skip: 0 }).growth;
    const root = async (changes: object) => (await growSmall(rising, { rules: rules(changes) }))[0]?.budget.rootEntropy;
    // The mean of 0, 5, 9; the first token; the second.
    expect(await root({})).toBeCloseTo(14 / 3, 12);
    expect(await root({ entropyTokens: 1 })).toBe(0);
    expect(await root({ entropyTokens: 1, entropySkip: 1 })).toBe(5);
  });

  it("AEPO-H5: the scale of entropy moves m and P", async () => {
    const rules = aepo(aepoSchema.parse({ name: "aepo", groupSize: 12 }), { tokens: 20, skip: 0 }).growth;
    const [tree] = await growSmall(script, { questions: 3, rules, entropyDivisor: 4 });
    // 12·σ(−0.5·2/4) = 5.25.
    expect(tree?.budget.globalRollouts).toBe(5);
    expect(tree?.decisions[0]).toMatchObject({ entropy: 2, deltaEntropy: 0.5, probability: 0.6 });
  });

  it("AEPO-R9: the order moves the branches", async () => {
    const top1 = async (order: string) =>
      measureBranching((await grow({ order, budget: { premonitor: false } })).slice(0, 1)).top1;
    // Question 0, m 6 and 6 branches. In rounds every root gets one. Depth first the first root takes two for its two
    // steps, and its forks the rest, each for the one step of its own.
    expect(await top1("synchronous")).toBe(1 / 6);
    expect(await top1("depthFirst")).toBe(1);
  });
});

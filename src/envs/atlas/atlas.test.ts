import { describe, expect, it } from "vitest";
import { checkTask } from "../conformance.ts";
import { type AtlasOptions, atlasTask, carefulAtlas } from "./atlas.ts";

const hard: AtlasOptions = {
  hops: [0, 1, 1, 2, 2],
  ambiguity: 0.6,
  namesakes: 4,
  timeoutRate: 0.25,
  extraFacts: 4,
  factsPerPart: 3,
  calls: 24,
  tokens: 512,
  testWorlds: 3,
  questionsPerWorld: 7,
};

describe("atlas", () => {
  it.each<[string, AtlasOptions]>([
    ["standard", {}],
    ["hard", hard],
    ["of tight limits", { calls: 4, tokens: 96 }],
    ["of one fact a part", { factsPerPart: 1, calls: 16, tokens: 320 }],
  ])("the %s world conforms, careless and careful", async (_name, options) => {
    const careless = await checkTask(atlasTask(options), { questions: 150 });
    expect(careless).toMatchObject({ faults: [], demonstrations: 300 });
    expect(careless.correctShare).toBeLessThan(0.7);
    const careful = await checkTask(atlasTask({ ...options, demonstrations: carefulAtlas }), {
      questions: 150,
      careful: true,
    });
    expect(careful).toMatchObject({ faults: [], correctShare: 1 });
  });

  it("perfect runs are as long as expected: 96 words on average, at most 192", async () => {
    const report = await checkTask(atlasTask({ demonstrations: carefulAtlas }), { questions: 1000 });
    // The prototype measured 96 and 183.
    expect(Math.abs(report.meanTokens - 96)).toBeLessThan(4);
    expect(report.maxTokens).toBeLessThanOrEqual(192);
    expect(report.maxCalls).toBeLessThanOrEqual(9);
  });

  it("takes limits and window from its options", () => {
    expect(atlasTask().limits).toEqual({ calls: 9, turns: 10, tokens: 192 });
    expect(atlasTask(hard).limits).toEqual({ calls: 24, turns: 25, tokens: 512 });
    expect(atlasTask().entropyWindow).toEqual({ tokens: 6, skip: 0 });
  });

  it("AEPO-W3: gives the bonus only when asked", async () => {
    const path = {
      turns: ["<search> a </search>", "<open> more </open>", "<answer> ink </answer>"],
      results: ["x", "y"],
      calls: ["search", "open"].map((tool) => ({ tool, input: "a", failed: false })),
      answer: "ink",
    };
    const question = { ...atlasTask().question("test", 0), answers: ["ink"] };
    expect((await atlasTask().reward(question, path)).total).toBe(1);
    expect((await atlasTask({ multiToolBonus: 0.1 }).reward(question, path)).total).toBeCloseTo(1.1, 12);
  });

  it("names states by question and page, without counters", async () => {
    const task = atlasTask();
    const question = task.question("test", 3);
    const state = await task.environment.initial(question);
    const at = (page: typeof state.page) => task.stateKey?.(question, { ...state, page });
    expect(at(null)).toBe("test/3:start");
    expect(at({ entity: 7, part: 1 })).toBe("test/3:7/1");
  });

  it("answers as fast as training asks: 1,000 questions in under 2 s", () => {
    const task = atlasTask();
    const start = performance.now();
    for (let index = 0; index < 1000; index++) task.question("train", index);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

import { describe, expect, it } from "vitest";
import { z } from "zod";
import { tagDialect } from "../envs/dialects/tags.ts";
import { paperReward } from "../envs/grade.ts";
import { tool } from "../tools/tool.ts";
import { mathPart } from "./answer-parts.ts";
import { paperPreset, releasedPreset } from "./presets.ts";
import { pathOf, questionOf } from "./testing/paths.ts";

const tools = ["search", "python"].map((name) =>
  tool({ name, description: name, input: z.string(), execute: () => "" }),
);
const context = { dialect: tagDialect, tools };
const question = questionOf(["Bar Corbo"]);

describe("the paper's preset", () => {
  const reward = paperPreset(context);

  it("AEPO-W1, AEPO-W2, AEPO-W3, AEPO-W4: gives what paperReward gives", () => {
    const paper = paperReward({ ...context, multiToolBonus: 0.1 });
    for (const path of [
      pathOf("Bar Corbo"),
      pathOf("Bar", ["search", "python"]),
      pathOf("x", ["search", "python"]),
      pathOf("Bar Corbo", ["search", "python"], { results: ["<answer> no </answer>", "</think>"] }),
      pathOf("Bar Corbo", ["search"], { results: [] }),
      pathOf(null),
    ]) {
      const { total, formatOk, correct } = paper(question, path);
      const given = reward(question, path);
      expect(given).toMatchObject({ formatOk, correct });
      expect((given as { total: number }).total).toBeCloseTo(total, 12);
    }
  });

  it("AEPO-W2: the accuracy can be mathematical equivalence", async () => {
    const maths = paperPreset({ ...context, accuracy: [mathPart({ timeoutMs: 60_000 })] });
    expect(await maths(questionOf(["\\frac{1}{2}"]), pathOf("0.5", ["search", "python"]))).toMatchObject({
      total: 1.1,
      correct: true,
    });
    expect(await maths(questionOf(["\\frac{1}{2}"]), pathOf("0.6"))).toMatchObject({ total: 0, correct: false });
    await maths.close();
  });
});

describe("the released code's preset", () => {
  const reward = releasedPreset();
  const boxed = (answer: string): string => `The final answer is \\[ \\boxed{${answer}} \\]`;

  it("AEPO-W2: token F1 of what is in the box, for mathematics too", () => {
    expect(reward(question, pathOf(boxed("Bar Corbo")))).toMatchObject({ total: 1, correct: true });
    expect(reward(question, pathOf(boxed("Bar")))).toMatchObject({ total: 2 / 3, correct: false });
    // No equivalence: after punctuation is gone, "\frac12" is the word frac12.
    expect(reward(questionOf(["0.5"]), pathOf(boxed("\\frac12")))).toMatchObject({ total: 0 });
    expect(reward(questionOf(["yes"]), pathOf(boxed("yes it is")))).toMatchObject({ total: 0 });
  });

  it("AEPO-W1: −1 without a thought, a box, a result, or exactly one answer", () => {
    expect(
      reward(question, pathOf(boxed("Bar Corbo"), [], { turns: [`<answer> ${boxed("Bar Corbo")} </answer>`] })),
    ).toMatchObject({ total: -1 });
    expect(reward(question, pathOf("Bar Corbo"))).toMatchObject({ total: -1, formatOk: false });
    expect(reward(question, pathOf(boxed("Bar Corbo"), ["search"], { results: [] }))).toMatchObject({ total: -1 });
    expect(reward(question, pathOf(null, ["search"]))).toMatchObject({ total: -1 });
  });

  it("AEPO-W3: the bonus is for both tags, whether the calls worked or not", () => {
    const failed = ["search", "python"].map((name) => ({ tool: name, input: "x", failed: true }));
    expect(reward(question, pathOf(boxed("Bar Corbo"), ["search", "python"], { calls: failed }))).toMatchObject({
      total: 1.1,
    });
    expect(reward(question, pathOf(boxed("Bar Corbo"), ["search", "search"]))).toMatchObject({ total: 1 });
    expect(reward(question, pathOf(boxed("x"), ["search", "python"]))).toMatchObject({ total: 0 });
  });

  it("AEPO-W4 does not hold: tags in a tool's result break the format, as in that code", () => {
    const injected = pathOf(boxed("Bar Corbo"), ["search"], { results: ["<answer> no </answer>"] });
    expect(reward(question, injected)).toMatchObject({ total: -1, formatOk: false });
    expect(paperPreset(context)(question, injected)).toMatchObject({ formatOk: true });
  });
});

import { describe, expect, it } from "vitest";
import { z } from "zod";
import { hermesDialect } from "../envs/dialects/hermes.ts";
import { tagDialect } from "../envs/dialects/tags.ts";
import { messageOf } from "../std/errors.ts";
import { tool } from "../tools/tool.ts";
import { openReward } from "./open-reward.ts";
import { type RewardInput, rewardOptionsSchema } from "./options.ts";
import { pathOf, questionOf } from "./testing/paths.ts";

const toolsOf = (...names: readonly string[]) =>
  names.map((name) => tool({ name, description: name, input: z.string(), execute: () => "" }));
const context = { dialect: tagDialect, tools: toolsOf("search", "python") };
const faults = (given: unknown): readonly string[] => {
  const parsed = rewardOptionsSchema.safeParse(given);
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
};
const opened = async (given: unknown, more = {}) => openReward(given as RewardInput, { ...context, ...more });

describe("a reward in a recipe", () => {
  it("is a preset by name", async () => {
    const reward = await opened("paper");
    expect(reward(questionOf(["Bar Corbo"]), pathOf("Bar", ["search", "python"]))).toMatchObject({
      total: 2 / 3 + 0.1,
    });
    const released = await opened("released");
    expect(released(questionOf(["Bar"]), pathOf("\\boxed{Bar}"))).toMatchObject({ total: 1 });
  });

  it("AEPO-W2, AEPO-W3: the paper's with another accuracy for some questions, and another bonus", async () => {
    const accuracy = [{ math: { when: { ability: "math" }, timeoutMs: 60_000 } }, { f1: { when: { ability: "qa" } } }];
    const reward = await opened({ preset: "paper", accuracy, multiToolBonus: 0 });
    const asked = async (ability: string, gold: string) =>
      reward(questionOf([gold], { data: { ability } }), pathOf("1/2", ["search", "python"]));
    expect(await asked("math", "0.5")).toMatchObject({ total: 1, parts: { math: 1 } });
    expect(await asked("qa", "0.5")).toMatchObject({ total: 0, parts: { f1: 0 } });
    await reward.close();
  });

  it("is a list of parts, by name or with settings", async () => {
    const parts = [
      "exact",
      { f1: { weight: 0.5 } },
      { length: { weight: 0.2, free: 0, limit: 100, of: "answer" } },
      { bonus: { weight: 1 } },
      "choice",
      { json: { weight: 0 } },
    ];
    const reward = await opened({ parts: parts.slice(0, 5), formatPenalty: -2, correct: "exact" });
    expect(reward(questionOf(["Bar"]), pathOf("Bar"))).toMatchObject({
      correct: true,
      parts: { exact: 1, f1: 1, choice: 1, bonus: 0, length: -0.03 },
    });
    expect(reward(questionOf(["Bar"]), pathOf(null))).toMatchObject({ total: -2 });
  });

  it.each([
    ["best", 'preset: Invalid option: expected one of "paper"|"released"'],
    [{}, "parts: give parts, or a preset: paper or released"],
    [{ preset: "paper", parts: ["exact"] }, "parts: contradicts preset: leave one of them out"],
    [{ preset: "released", multiToolBonus: 0.2 }, "multiToolBonus: has an effect with preset: paper only"],
    [{ parts: ["exact"], accuracy: ["f1"] }, "accuracy: has an effect with preset: paper only"],
    [{ preset: "paper", formatPenalty: -2 }, "formatPenalty: has an effect with parts only"],
    [{ preset: "paper", correct: "f1" }, "correct: has an effect with parts only"],
    [
      { parts: [{ exact: {}, f1: {} }] },
      "parts.0: a part is exactly one of exact, f1, math, choice, json, code, judge, bonus, length",
    ],
    [{ parts: ["exakt"] }, 'parts.0: Unrecognized key: "exakt"'],
    [{ parts: [{ length: { free: 10, limit: 10 } }] }, "parts.0.length.limit: must be above free"],
    [{ parts: [{ math: { wieght: 1 } }] }, 'parts.0.math: Unrecognized key: "wieght"'],
    [{ parts: ["exact"], formatPenalty: 1 }, "formatPenalty: Too big: expected number to be <=0"],
    [{ parts: ["judge"] }, "parts.0.judge.model: Invalid input: expected string, received undefined"],
  ])("what contradicts itself is an error that names the field (%#)", (given, fault) => {
    expect(faults(given)).toContain(fault);
  });

  it.each([
    [
      { parts: ["exact", { bonus: { tools: ["browse", "search"] } }] },
      {},
      'reward: bonus counts the tool "browse", which the task does not have\n  found: search, python',
    ],
    [
      { parts: ["exact", { bonus: { atLeast: 3 } }] },
      {},
      "reward: bonus wants 3 different tools and can never be got\n  found: search, python\n  to fix: lower atLeast, or leave the bonus out",
    ],
    [
      { preset: "paper", multiToolBonus: 0.2 },
      { tools: toolsOf("search") },
      "reward: multiToolBonus wants 2 different tools and can never be got\n  found: search\n  to fix: lower atLeast, or leave the bonus out",
    ],
    [
      { preset: "paper", accuracy: ["bonus"] },
      {},
      "reward.accuracy: bonus does not say whether an answer is right\n  expected: exact, f1, math, choice, json, code or judge\n  to fix: write the reward as parts",
    ],
    [
      { parts: [{ math: { wieght: 1 } }, "exact"], correct: 5 },
      {},
      'options of the reward: parts.0.math: Unrecognized key: "wieght"; correct: Invalid input: expected string, received number',
    ],
    [
      "released",
      { dialect: hermesDialect() },
      'the reward "released" reads the paper\'s tags, and the task writes "hermes"\n  found: tools search, python\n  to fix: use the preset paper, which reads any dialect, or the dialect tags',
    ],
    [
      { parts: ["exact", "exact"] },
      {},
      'the reward contradicts itself: two parts are named "exact"\n  to fix: give one of them another name',
    ],
  ])("what cannot work with the task is an error when it is opened (%#)", async (given, more, message) => {
    expect(await opened(given, more).then(() => null, messageOf)).toBe(message);
  });
});

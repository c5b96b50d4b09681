import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { openQuestions } from "../open-questions.ts";

const REAL = "../shared/data";
describe.skipIf(!existsSync(REAL))("the real files (skipped where ../shared/data is absent)", () => {
  it.each([
    ["hard_search_1k.parquet", "verl", 1071, "qa", ["repaired \\boxed (2142)"]],
    ["valid.parquet", "verl", 180, "qa,math", ["repaired \\boxed (360)"]],
    ["eval/gsm8k.jsonl", "gsm8k", 1319, "math", []],
    ["eval/math500.jsonl", "math500", 500, "math", []],
    ["eval/aime24.jsonl", "aime24", 30, "math", []],
    ["eval/aime25.jsonl", "aime25", 30, "math", ["repaired \\frac (6)"]],
    ["eval/hotpotqa.jsonl", "hotpotqa", 200, "qa", []],
    ["eval/2wiki.jsonl", "2wikimultihopqa", 200, "qa", []],
    ["eval/musique.jsonl", "musique", 200, "qa", []],
    ["eval/bamboogle.jsonl", "bamboogle", 125, "qa", []],
  ])("%s is read as %s", async (file, mapping, size, kinds, repairs) => {
    const warnings: string[] = [];
    const { train, sources } = await openQuestions(
      { train: [{ file: `${REAL}/${file}` }] },
      { seed: 1, onWarning: (text) => warnings.push(text) },
    );
    expect(sources).toMatchObject([{ mapping, questions: size, skipped: 0 }]);
    expect(train.size).toBe(size);
    expect([...new Set(train.questions.map(({ kind }) => kind))].join()).toBe(kinds);
    expect(new Set(train.questions.map(({ id }) => id)).size).toBe(size);
    expect(warnings.filter((text) => text.includes("repaired")).map((text) => text.split(": ")[1])).toEqual(repairs);
    if (mapping === "gsm8k") for (const { answers } of train.questions) expect(answers[0]).toMatch(/^-?[\d,.]+$/);
  });

  it("train_10k.parquet: the row without an answer stops, or is left out and told, like what was repaired", async () => {
    const train = [{ file: `${REAL}/train_10k.parquet` }];
    await expect(openQuestions({ train }, { seed: 1 })).rejects.toThrow(
      'train_10k.parquet, row 5275: reward_model.ground_truth is wrong\n  expected: an answer that is not empty\n  found: " "',
    );
    const warnings: string[] = [];
    const data = await openQuestions(
      { train, onBadRow: "skip" },
      { seed: 1, onWarning: (text) => warnings.push(text) },
    );
    expect(data.sources).toMatchObject([{ mapping: "verl", questions: 9999, skipped: 1 }]);
    expect(data.train.questions.filter(({ kind }) => kind === "math")).toHaveLength(4999);
    expect(data.train.questions.every(({ system }) => system?.includes("\\boxed") === true)).toBe(true);
    expect(warnings).toHaveLength(3);
    // Two \boxed a row (that without an answer is read up to it); the form feeds stand in questions and answers.
    expect(warnings[0]).toMatch(
      /^train_10k\.parquet: repaired \\boxed \(20000\), \\frac \(21\); left as it is: control character 0x0c \(4\), control character 0x0b \(1\)$/,
    );
    expect(warnings[1]).toMatch(
      /^train_10k\.parquet: left out 1 row that cannot be read, the first: .*row 5275: reward_model/,
    );
    // 37 to the letter (10,000 rows, 9,963 texts), one with another spacing.
    expect(warnings[2]).toBe(
      "38 training questions occur before in the data, 9 with other answers; they are kept, on the same side of a split",
    );
  });
});

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { MAPPING_NAMES } from "./mappings/list.ts";
import { questionDataSchema } from "./question-options.ts";

const guide = readFileSync("docs/data.md", "utf8");

it("the recipes of docs/data.md are valid, and it names every mapping", () => {
  const recipes = [...guide.matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) => text ?? "");
  expect(recipes).toHaveLength(2);
  for (const recipe of recipes) expect(questionDataSchema.safeParse(parse(recipe)).error).toBeUndefined();
  expect(MAPPING_NAMES.filter((name) => !guide.includes(name))).toEqual([]);
});

it("defaults are what they are said to be", () => {
  const parsed = questionDataSchema.parse({ train: [{ file: "a.jsonl" }], split: { share: 0.1 }, curriculum: {} });
  expect(parsed).toEqual({
    train: [{ file: "a.jsonl" }],
    split: { share: 0.1, by: "hash" },
    shuffle: true,
    curriculum: { always: 0, never: 0.25, easy: 1, hard: 0, after: 8, memory: 0.5 },
    onBadRow: "stop",
  });
});

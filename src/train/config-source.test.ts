import { expect, it } from "vitest";
import { z } from "zod";
import { thrownMessage } from "../../test/support/thrown.ts";
import { readConfig } from "./config-source.ts";

const schema = z.strictObject({
  train: z.strictObject({ steps: z.int().positive().default(3), rate: z.number().default(0.1) }).prefault({}),
  name: z.string().default("x"),
});

const read = (text: string, ...overrides: string[]): unknown =>
  readConfig({ name: "recipe.yaml", text, overrides }, schema);

it("fills defaults and applies overrides in order", () => {
  expect(read("train:\n  steps: 5\n", "train.steps=6", "train.steps=7", "name=abc")).toEqual({
    train: { steps: 7, rate: 0.1 },
    name: "abc",
  });
  expect(read("")).toEqual({ train: { steps: 3, rate: 0.1 }, name: "x" });
});

it.each([
  ["train:\n  stepz: 5\n", [], 'recipe.yaml:2:3: unknown key "train.stepz"\n  known here: steps, rate'],
  ["nme: a\n", [], 'recipe.yaml:1:1: unknown key "nme"\n  known here: train, name'],
  ["train:\n  steps: -1\n", [], "recipe.yaml:2:10: train.steps: Too small: expected number to be >0"],
  ["name: 3\n", [], "recipe.yaml:1:7: name: Invalid input: expected string, received number"],
  [
    "train: [1, 2\n",
    [],
    "recipe.yaml:2:1: Flow sequence in block collection must be sufficiently indented and end with a ]",
  ],
  ["name: a\nname: b\n", [], "recipe.yaml:2:1: Map keys must be unique"],
  ["- 1\n", [], "recipe.yaml:1:1: a config is a map of keys\n  found: - 1"],
  ["", ["train.steps=x"], "--set train.steps=x: train.steps: Invalid input: expected number, received string"],
  ["", ["train.stepz=1"], '--set train.stepz=1: unknown key "train.stepz"\n  known here: steps, rate'],
  ["", ["train.steps"], "--set train.steps: not an assignment\n  expected: key.path=value, such as train.steps=10"],
  ["", ["=3"], "--set =3: not an assignment\n  expected: key.path=value, such as train.steps=10"],
  ["", ["a..b=3"], "--set a..b=3: not an assignment\n  expected: key.path=value, such as train.steps=10"],
  [
    "name: a\n",
    ["name.first=1"],
    "--set name.first=1: Expected YAML collection at name. Remaining path: first\n  to fix: check that every part of the key but the last names a group of settings",
  ],
])("bad config %j %j", (text, overrides, message) => {
  expect(thrownMessage(() => read(text, ...overrides))).toBe(message);
});

it("names the assignment inside of a group that is wrong as a whole, and the file where the group is in it", () => {
  const refused = z.strictObject({ train: z.strictObject({ shaping: z.never({ error: "not here" }).optional() }) });
  const message = (text: string, ...overrides: string[]): string =>
    thrownMessage(() => readConfig({ name: "r.yaml", text, overrides }, refused));
  expect(message("train: {}", "train.shaping.topK=1", "train.shaping.topP=0.9")).toBe(
    "--set train.shaping.topP=0.9: train.shaping: not here",
  );
  expect(message("train: { shaping: { topK: 1 } }", "train.shaping.topP=0.9")).toBe(
    "r.yaml:1:19: train.shaping: not here",
  );
  expect(message("train: {}", "train.shapings.topP=0.9")).toBe(
    '--set train.shapings.topP=0.9: unknown key "train.shapings"',
  );
});

it("lists the keys of the alternative that was chosen", () => {
  const choice = z.strictObject({
    algorithm: z.discriminatedUnion("name", [
      z.strictObject({ name: z.literal("plain"), size: z.int().optional() }),
      z.strictObject({ name: z.literal("tree"), size: z.int().optional(), branch: z.strictObject({ width: z.int() }) }),
    ]),
  });
  const message = (text: string): string =>
    thrownMessage(() => readConfig({ name: "r.yaml", text, overrides: [] }, choice));
  expect(message("algorithm: { name: plain, branch: {} }")).toBe(
    'r.yaml:1:27: unknown key "algorithm.branch"\n  known here: name, size',
  );
  expect(message("algorithm: { name: tree, branch: { width: 1, depth: 2 } }")).toBe(
    'r.yaml:1:46: unknown key "algorithm.branch.depth"\n  known here: width',
  );
});

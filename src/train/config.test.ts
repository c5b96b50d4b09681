import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { thrownMessage } from "../../test/support/thrown.ts";
import { train } from "./api.ts";
import { recipeSchema } from "./config.ts";
import { readConfig } from "./config-source.ts";
import { makeTask, taskSchema } from "./tasks.ts";

const text = readFileSync(new URL("../../recipes/quickstart.yaml", import.meta.url), "utf8");
const read = (...overrides: string[]) => readConfig({ name: "quickstart.yaml", text, overrides }, recipeSchema);
const REFUSED =
  "training draws from the full distribution (AEPO-H1: no top-p, top-k, min-p or penalty); settings of evaluation go under eval.shaping";

it("AEPO-H1: shaping is a setting of evaluation", () => {
  const { eval: evaluation, train: training } = read(
    "eval.shaping.topP=0.9",
    "eval.shaping.topK=20",
    "eval.temperature=0",
  );
  expect([evaluation.shaping, evaluation.temperature]).toEqual([{ topP: 0.9, topK: 20 }, 0]);
  expect(JSON.parse(JSON.stringify(training))).not.toHaveProperty("topP");
  expect(read().eval.shaping).toBeUndefined();
});

it.each([
  ["train.topP=0.9", `train.topP: ${REFUSED}`],
  ["train.topK=1", `train.topK: ${REFUSED}`],
  ["train.minP=0.1", `train.minP: ${REFUSED}`],
  ["train.repetitionPenalty=1.1", `train.repetitionPenalty: ${REFUSED}`],
  ["train.shaping={topP: 0.9}", `train.shaping: ${REFUSED}`],
  ["train.shaping.topP=0.9", `train.shaping: ${REFUSED}`],
  ["eval.shaping.topP=0", "eval.shaping.topP: Too small: expected number to be >0"],
  ["eval.shaping.topp=0.5", 'unknown key "eval.shaping.topp"\n  known here: topP, topK, minP, repetitionPenalty'],
  [
    "train.top_p=0.9",
    'unknown key "train.top_p"\n  known here: steps, questionsPerStep, temperature, overlap, toolTimeoutMs, maxLogprobGap, offPolicy, onCollapse, budget',
  ],
])("AEPO-H1: %s is refused where it does not belong", (assignment, message) => {
  expect(thrownMessage(() => read(assignment))).toBe(`--set ${assignment}: ${message}`);
});

it("AEPO-H1: from TypeScript too", () => {
  const { task: _, ...settings } = read();
  const request = { ...settings, train: { ...settings.train, topP: 0.9 } as unknown as typeof settings.train };
  const task = makeTask(taskSchema.parse({ name: "atlas" }));
  expect(thrownMessage(() => void train({ task, ...request }))).toBe(`train: ✖ ${REFUSED}\n  → at train.topP`);
});

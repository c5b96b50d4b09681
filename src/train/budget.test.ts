import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { rejectionMessage, thrownMessage } from "../../test/support/thrown.ts";
import type { StepRecord } from "../run/records.ts";
import { train } from "./api.ts";
import { budgetProblem, checkBudget, isOver, NOTHING_SPENT, plannedSteps, scheduleAt } from "./budget.ts";
import { recipeSchema } from "./config.ts";
import { readConfig } from "./config-source.ts";
import { makeTask } from "./tasks.ts";

const folder = mkdtempSync(join(tmpdir(), "aepo-budget-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const text = readFileSync(new URL("../../recipes/quickstart.yaml", import.meta.url), "utf8").replace("steps: 40, ", "");
const read = (...overrides: string[]) => readConfig({ name: "quickstart.yaml", text, overrides }, recipeSchema);

const rule = (unit: "rollouts" | "tokens" | "calls", amount: number) => ({
  questionsPerStep: 4,
  budget: { unit, amount },
});
const at = (step: number, spent: Partial<typeof NOTHING_SPENT>) => ({ step, spent: { ...NOTHING_SPENT, ...spent } });

describe("the end", () => {
  it("comes with the step in which the budget is reached", () => {
    expect(isOver(rule("tokens", 100), at(3, { tokens: 99, rollouts: 500 }))).toBe(false);
    expect(isOver(rule("tokens", 100), at(3, { tokens: 100 }))).toBe(true);
    expect(isOver({ questionsPerStep: 4, steps: 3 }, at(2, { tokens: 1e9 }))).toBe(false);
    expect(isOver({ questionsPerStep: 4, steps: 3 }, at(3, {}))).toBe(true);
  });

  it("a budget of rollouts is as many steps, and its schedule theirs; one of tokens goes by its share", () => {
    const rollouts = rule("rollouts", 96);
    expect(plannedSteps(rollouts, 8)).toBe(3);
    expect(scheduleAt(rollouts, 8, at(2, { rollouts: 64 }))).toEqual({ index: 2, total: 3 });
    expect(plannedSteps(rule("tokens", 96), 8)).toBe(null);
    expect(scheduleAt(rule("tokens", 960), 8, at(2, { tokens: 480 }))).toEqual({ index: 480, total: 960 });
  });
});

describe("a budget that cannot be met", () => {
  it("is less than a step's rollouts, known before", () => {
    expect(budgetProblem(rule("rollouts", 32), 8)).toBe(null);
    expect(thrownMessage(() => read("train.budget={unit: rollouts, amount: 100}"))).toBe(
      "--set train.budget={unit: rollouts, amount: 100}: train.budget.amount: 100 rollouts are less than one step, which is 12 questions × 12 rollouts = 144: choose at least 144, or fewer train.questionsPerStep or a smaller algorithm.groupSize",
    );
  });

  it("is less than the first step spends", () => {
    expect(thrownMessage(() => checkBudget(rule("tokens", 500), at(1, { tokens: 900 })))).toBe(
      "train.budget: 500 tokens are less than one step\n  expected: at least what a step spends: the first one spent 900\n  to fix: give a larger budget, fewer train.questionsPerStep or a smaller algorithm.groupSize",
    );
    expect(() => checkBudget(rule("tokens", 1000), at(2, { tokens: 1100 }))).not.toThrow();
  });

  it("is of calls that the policy has stopped to make", () => {
    expect(thrownMessage(() => checkBudget(rule("calls", 500), at(40, { calls: 90, idleSteps: 20 })))).toBe(
      "train.budget: 500 calls are never reached, the policy makes none any more\n  found: 90 calls after 40 steps, none in the last 20\n  to fix: give the budget in rollouts or tokens",
    );
  });

  it.each([
    [["seed=1"], "quickstart.yaml:10:8: train.steps: say when training ends, by steps or by budget"],
    [["train.steps=3", "train.budget={unit: calls, amount: 9}"], "train.budget: say when training ends, by steps or"],
    [
      ["train.budget={unit: hours, amount: 9}"],
      'train.budget.unit: Invalid option: expected one of "rollouts"|"tokens"',
    ],
  ])("or is not said clearly: %s", (overrides, message) => {
    expect(thrownMessage(() => read(...overrides))).toContain(message);
  });
});

it("a run ends with the step that reaches its budget, and counts what it spent", async () => {
  const run = (name: string, ...overrides: string[]) => {
    const settings = ["train.questionsPerStep=2", "algorithm.groupSize=4", "algorithm.updates=1", "eval.every=0"];
    const { task, ...config } = read(...settings, `run.folder=${join(folder, name)}`, "policy.threads=1", ...overrides);
    const steps: StepRecord[] = [];
    const onRecord = (record: StepRecord | { readonly kind: "other" } | object): void => {
      if ("figures" in record) steps.push(record);
    };
    return train({ task: makeTask(task), ...config, onRecord }).then(({ state }) => ({ state, steps }));
  };
  const { state, steps } = await run("tokens", "train.budget={unit: tokens, amount: 900}", "optimizer.decay=1");
  const spent = steps.map(({ figures }) => figures.ledger.generated);
  const sum = (list: readonly number[]): number => list.reduce((total, tokens) => total + tokens, 0);
  expect(sum(spent.slice(0, -1))).toBeLessThan(900);
  expect(sum(spent)).toBeGreaterThanOrEqual(900);
  expect(state.spent).toMatchObject({ tokens: sum(spent), rollouts: 8 * steps.length });
  expect(steps.map(({ learningRate }) => learningRate / 4e-4)).toEqual(
    spent.map((_, i) => expect.closeTo(1 - sum(spent.slice(0, i)) / 900, 10)),
  );
  const tooSmall = run("small", "train.budget={unit: tokens, amount: 9}");
  expect(await rejectionMessage(tooSmall)).toContain("train.budget: 9 tokens are less than one step");
}, 240_000);

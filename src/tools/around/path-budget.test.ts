import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { byPath, type Counter, growOne, smallTask, testRules } from "../../rollout/testing/small-world.ts";
import { walk } from "../../rollout/tree.ts";
import { LateFailure } from "../late-failure.ts";
import { callIt, fakeTool, placeAfter } from "../testing/fake-tool.ts";
import type { AnyTool } from "../tool.ts";
import { BudgetFailure } from "./budget-failure.ts";
import { pathBudget } from "./path-budget.ts";

const tools = new Set(["look", "open"]);

describe("the budget of a path", () => {
  it("counts the calls of its tools, failed ones too, and no others", async () => {
    const look = pathBudget({ budget: { calls: 2 }, tools, price: 0 })(fakeTool());
    expect((await callIt(look, "x", { place: placeAfter(["open", "python", "python"]) })).text).toBe("got x");
    const over = callIt(look, "x", { place: placeAfter(["open", "python", "look"]) });
    await expect(over).rejects.toThrow("the budget of this path is used up: 2 calls");
    await expect(over).rejects.toBeInstanceOf(BudgetFailure);
  });

  it("counts cost exactly: ten calls at 0.1 are in a budget of 1", async () => {
    const look = pathBudget({ budget: { cost: 1 }, tools, price: 0.1 })(fakeTool());
    const after = (calls: number) => callIt(look, "x", { place: placeAfter(new Array(calls).fill("look")) });
    expect((await after(9)).text).toBe("got x");
    await expect(after(10)).rejects.toThrow("the budget of this path is used up: it costs at most 1");
  });

  it("one of seconds is a failure that wall time made", async () => {
    const look = pathBudget({ budget: { seconds: 2 }, tools, price: 0 })(fakeTool());
    expect((await callIt(look, "x", { place: placeAfter([], "p", 1999) })).text).toBe("got x");
    const over = callIt(look, "x", { place: placeAfter([], "p", 2000) });
    await expect(over).rejects.toThrow("the budget of this path is used up: 2 seconds of tools");
    await expect(over).rejects.toBeInstanceOf(LateFailure);
    await expect(over).rejects.toMatchObject({ retryable: false });
  });

  it("outside a run the calls of the path are all that is known", async () => {
    const look = pathBudget({ budget: { calls: 2 }, tools, price: 0 })(fakeTool());
    expect((await callIt(look, "x", { call: 1 })).text).toBe("got x");
    await expect(callIt(look, "x", { call: 2 })).rejects.toThrow("used up");
  });

  it("is never exceeded on any path of any tree: a fork inherits what was used before it", async () => {
    const step = fc.constantFrom<number | "answer">(0, 1, 1, "answer");
    const trees = fc.record({
      budget: fc.integer({ min: 1, max: 4 }),
      paths: fc.array(fc.array(step, { minLength: 1, maxLength: 7 }), { minLength: 6, maxLength: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(trees, async ({ budget, paths }) => {
        const task = smallTask({ look: (_, { state }: { state: Counter }) => `n${state.calls++}` });
        const wrap = pathBudget({ budget: { calls: budget }, tools, price: 0 });
        const wrapped = { ...task, tools: task.tools.map((one) => wrap(one) as AnyTool<Counter>) };
        const tree = await growOne(byPath({ ...paths }), { task: wrapped, rules: testRules({ groupSize: 6 }) });
        for (const { leaf } of tree.paths) {
          const results = walk(tree, leaf).flatMap(({ result }) => result ?? []);
          expect(results.filter(({ failed }) => failed === null).length).toBeLessThanOrEqual(budget);
          for (const [i, { failed }] of results.entries()) {
            expect(failed).toBe(i < budget ? null : `the budget of this path is used up: ${budget} calls`);
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});

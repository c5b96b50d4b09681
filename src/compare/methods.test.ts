import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { thrownMessage } from "../../test/support/thrown.ts";
import { checkAssignments, makeComparison } from "./make-comparison.ts";
import { makeMethods, type MethodArgument } from "./methods.ts";

const quickstart = readFileSync(new URL("../../recipes/quickstart.yaml", import.meta.url), "utf8");

function argument(variant: string | null = null, text = quickstart): MethodArgument {
  const name = variant === null ? "quickstart" : `quickstart:${variant}`;
  return { text: name, recipe: "quickstart", variant, source: { name: "quickstart.yaml", text, overrides: [] } };
}

const rest = { seeds: "2", firstSeed: undefined, budget: undefined, temperatures: undefined, allPairs: false };

describe("RECIPE:NAME", () => {
  it("is the recipe with another algorithm, which keeps the plain options that it has too", () => {
    const [first, arpo, grpo] = makeMethods([argument(), argument("arpo"), argument("grpo")], []);
    expect(first?.recipe.algorithm).toMatchObject({ name: "aepo", groupSize: 12, entropyScale: "spread" });
    expect(arpo?.recipe.algorithm).toMatchObject({ name: "arpo", groupSize: 12, entropyScale: "spread" });
    expect(grpo?.recipe.algorithm).toMatchObject({ name: "grpo", groupSize: 12 });
    expect(grpo?.recipe.algorithm).not.toHaveProperty("entropyScale");
    expect([first?.name, arpo?.name, grpo?.name]).toEqual(["quickstart", "arpo", "grpo"]);
  });

  it("is the recipe with a preset over it; --set goes over both, for all", () => {
    const set = ["algorithm.groupSize=6", "optimizer.learningRate=2e-4"];
    const [first, second] = makeMethods([argument(), argument("aepo-no-penalty")], set, ["a", "b"]);
    expect(first?.recipe).toMatchObject({ algorithm: { groupSize: 6, branch: { penalty: 0.05 } } });
    expect(second?.recipe).toMatchObject({ algorithm: { groupSize: 6, branch: { penalty: 0 } } });
    expect([first?.name, second?.recipe.optimizer.learningRate]).toEqual(["a", 2e-4]);
  });

  it("has settings of its own: --set NAME:key=value", () => {
    const set = ["optimizer.learningRate=2e-4", "grpo:optimizer.learningRate=1e-4", 'b:train.shaping={"a": "x:y=z"}'];
    const [first, second] = makeMethods([argument(), argument("grpo")], set.slice(0, 2));
    expect([first, second].map((method) => method?.recipe.optimizer.learningRate)).toEqual([2e-4, 1e-4]);
    const random = makeMethods(
      [argument(), argument("random-branching")],
      ["random-branching:algorithm.branch.rate=0.5"],
    );
    expect(random[1]?.recipe.algorithm).toMatchObject({ branch: { rate: 0.5 } });
    expect(thrownMessage(() => makeMethods([argument(), argument("grpo")], set))).toBe(
      `--set ${set[2]}: there is no method "b"\n  found: quickstart, grpo`,
    );
  });

  it("of no such name says which there are", () => {
    expect(thrownMessage(() => makeMethods([argument(), argument("gpro")], []))).toMatch(
      /^no algorithm or preset "gpro"\n {2}found: aepo, arpo, .*grpo, .*aepo-no-penalty/,
    );
  });

  it("with an option that the method ignores is an error", () => {
    const message = thrownMessage(() => makeMethods([argument(), argument("grpo")], ["algorithm.branch.penalty=0"]));
    expect(message).toContain('--set algorithm.branch.penalty=0: unknown key "algorithm.branch"');
  });
});

describe("methods", () => {
  it("are two or more, with names of their own that name folders", () => {
    expect(thrownMessage(() => makeMethods([argument()], []))).toMatch(
      /^nothing to compare with\n {2}expected: at least two methods, such as: aepo compare atlas atlas:grpo --seeds 3\n {2}found: only quickstart\n/,
    );
    expect(thrownMessage(() => makeMethods([argument(), argument()], []))).toBe(
      'two methods are called "quickstart"\n  found: quickstart (quickstart), quickstart (quickstart)\n  to fix: name them, one name a recipe: --name NAME NAME ...',
    );
    expect(thrownMessage(() => makeMethods([argument(), argument("grpo")], [], ["a"]))).toContain(
      "--name names 1 methods",
    );
    expect(thrownMessage(() => makeMethods([argument(), argument("grpo")], [], ["a", "../b"]))).toContain(
      'called "../b"',
    );
  });

  it.each([
    ["task: { name: atlas }", "task: { name: atlas, persons: 90 }", "task.persons"],
    ["questions: 200", "questions: 100", "eval.questions"],
    ['"bundled:atlas"', "elsewhere", "policy.checkpoint"],
  ])("that differ in %s are not compared", (from, to, field) => {
    const other = { ...argument("grpo"), source: { ...argument().source, text: quickstart.replace(from, to) } };
    const message = thrownMessage(() => makeMethods([argument(), other], []));
    expect(message).toContain(`${field} differs between methods, which makes the comparison unfair`);
    expect(message).toMatch(/found: quickstart: .+; grpo: .+\n {2}to fix: set it for all/);
  });
});

describe("the comparison", () => {
  const methods = makeMethods([argument(), argument("grpo")], []);

  it("takes the evaluation from the recipes, and their budget if it is equal", () => {
    expect(makeComparison({ ...rest, methods, firstSeed: "7" })).toMatchObject({
      seeds: [7, 8],
      budget: { unit: "rollouts", amount: 40 * 12 * 12 },
      temperatures: [1, 0.6, 0],
      questions: 200,
      samples: 5,
      k: [1, 5],
      pairs: "first",
    });
  });

  it("of unequal budgets wants one", () => {
    const text = quickstart.replace("groupSize: 12", "groupSize: 16");
    const unequal = makeMethods([argument(), argument("grpo", text)], []);
    expect(thrownMessage(() => makeComparison({ ...rest, methods: unequal }))).toBe(
      "the recipes have unequal budgets\n  expected: what all methods spend alike\n  found: quickstart: 5760 rollouts, grpo: 7680 rollouts\n  to fix: choose one for all: --budget rollouts=2880 (or tokens=200000, calls=9000)",
    );
    const { budget } = makeComparison({ ...rest, methods: unequal, budget: "tokens=5000" });
    expect(budget).toEqual({ unit: "tokens", amount: 5000 });
  });

  it.each([
    [{ seeds: undefined }, "how many seeds?\n  expected: --seeds N"],
    [{ seeds: "0" }, "--seeds 0: not a number of them\n  expected: a whole number from 1"],
    [
      { budget: "hours=3" },
      "--budget hours=3: not a budget\n  expected: one such as rollouts=2880, tokens=200000, calls=9000",
    ],
    [{ budget: "rollouts=100" }, "quickstart: train.budget.amount: 100 rollouts are less than one step, which is 12"],
    [{ temperatures: ["1", "1"] }, "--temperatures 1 1: not temperatures"],
  ])("refuses %j", (wrong, message) => {
    expect(thrownMessage(() => makeComparison({ ...rest, methods, ...wrong }))).toContain(message);
  });

  it.each([
    ["train.steps=3", "train.steps has no effect in a comparison\n  to fix: give the budget of all methods"],
    ["eval.temperature=0", "eval.temperature has no effect in a comparison\n  to fix: give them as --temperatures"],
    ["seed=3", "seed has no effect in a comparison"],
  ])("refuses --set %s, which it would not heed", (assignment, message) => {
    expect(thrownMessage(() => checkAssignments([assignment]))).toContain(`--set ${assignment}: ${message}`);
    expect(() => checkAssignments(["train.questionsPerStep=3"])).not.toThrow();
  });
});

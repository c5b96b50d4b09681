/** From what the command was given to a comparison: seeds, a budget that is the same for all, and the evaluation that the recipes agree on. */
import { AepoError } from "../std/errors.ts";
import { BUDGET_UNITS, plannedSteps, type TrainingBudget } from "../train/budget.ts";
import { cellRecipe, type Comparison, type Method } from "./comparison.ts";
import { methodSetting } from "./method-settings.ts";

export interface ComparisonInputs {
  readonly methods: readonly Method[];
  /** `--seeds`: how many; `--seed`: the first one. */
  readonly seeds: string | undefined;
  readonly firstSeed: string | undefined;
  /** `--budget unit=amount`. */
  readonly budget: string | undefined;
  readonly temperatures: readonly string[] | undefined;
  readonly allPairs: boolean;
}

const TEMPERATURES: [number, ...number[]] = [1, 0.6, 0];

export function makeComparison(inputs: ComparisonInputs): Comparison {
  const { methods, firstSeed = "1", allPairs } = inputs;
  const [first] = methods;
  if (first === undefined) throw new AepoError("usage", "nothing to compare");
  const from = wholeNumber("--seed", firstSeed, 0);
  const seeds = Array.from({ length: seedCount(inputs.seeds) }, (_, i) => from + i);
  const { questions, samples, k } = first.recipe.eval;
  const comparison: Comparison = {
    format: "aepo-comparison-1",
    methods: [...methods],
    seeds,
    budget: inputs.budget === undefined ? commonBudget(methods) : readBudget(inputs.budget),
    temperatures: readTemperatures(inputs.temperatures),
    questions,
    samples,
    k,
    pairs: allPairs ? "all" : "first",
  };
  // Whatever a budget is wrong for, it is wrong for before the first run.
  for (const method of methods) checkCell(comparison, method);
  return comparison;
}

function checkCell(comparison: Comparison, method: Method): void {
  try {
    cellRecipe(comparison, method, 0, "");
  } catch (thrown) {
    const issues = (
      thrown as { readonly issues?: readonly { readonly message: string; readonly path: readonly PropertyKey[] }[] }
    ).issues;
    const [issue] = issues ?? [];
    if (issue === undefined) throw thrown;
    throw new AepoError("config", `${method.name}: ${issue.path.join(".")}: ${issue.message}`);
  }
}

function seedCount(given: string | undefined): number {
  if (given === undefined) {
    throw new AepoError("usage", "how many seeds?", {
      expected:
        "--seeds N: every method is trained N times, since two runs of one method differ as much as two methods",
    });
  }
  return wholeNumber("--seeds", given, 1);
}

function wholeNumber(option: string, given: string, least: number): number {
  const value = Number(given);
  if (/^\d+$/.test(given) && value >= least) return value;
  throw new AepoError("usage", `${option} ${given}: not a number of them`, {
    expected: `a whole number from ${least}`,
  });
}

const EXAMPLES = BUDGET_UNITS.map((unit) => `${unit}=${unit === "tokens" ? 200_000 : unit === "calls" ? 9000 : 2880}`);

function readBudget(given: string): TrainingBudget {
  const [name, amount = "", ...rest] = given.split("=");
  const unit = BUDGET_UNITS.find((known) => known === name);
  if (unit !== undefined && /^[1-9]\d*$/.test(amount) && rest.length === 0) return { unit, amount: Number(amount) };
  throw new AepoError("usage", `--budget ${given}: not a budget`, { expected: `one such as ${EXAMPLES.join(", ")}` });
}

/** What the recipes spend by themselves, if that is the same. */
function commonBudget(methods: readonly Method[]): TrainingBudget {
  const budgets = methods.map(({ recipe: { train, algorithm } }): TrainingBudget => {
    if (train.budget !== undefined) return train.budget;
    const steps = plannedSteps(train, algorithm.groupSize) ?? 0;
    return { unit: "rollouts", amount: steps * train.questionsPerStep * algorithm.groupSize };
  });
  const [first, ...others] = budgets;
  const isFirst = ({ unit, amount }: TrainingBudget): boolean => unit === first?.unit && amount === first.amount;
  if (first !== undefined && others.every(isFirst)) return first;
  throw new AepoError("config", "the recipes have unequal budgets", {
    expected: "what all methods spend alike",
    exists: methods.map(({ name }, i) => `${name}: ${budgets[i]?.amount} ${budgets[i]?.unit}`).join(", "),
    fix: `choose one for all: --budget ${EXAMPLES[0]} (or ${EXAMPLES.slice(1).join(", ")})`,
  });
}

function readTemperatures(given: readonly string[] | undefined): [number, ...number[]] {
  if (given === undefined) return TEMPERATURES;
  const values = given.map(Number);
  const wrong = given.find((_, i) => !(values[i] !== undefined && values[i] >= 0 && Number.isFinite(values[i])));
  if (wrong === undefined && new Set(values).size === values.length) return values as [number, ...number[]];
  throw new AepoError("usage", `--temperatures ${given.join(" ")}: not temperatures`, {
    expected: "numbers from 0, each once; 0 is greedy, such as: --temperatures 1 0.6 0",
  });
}

/** Settings that the comparison makes itself. */
const IGNORED: readonly (readonly [field: string, why: string])[] = [
  ["seed", "the seeds are --seeds N, from --seed"],
  ["train.steps", "give the budget of all methods: --budget UNIT=AMOUNT"],
  ["train.budget", "give the budget of all methods: --budget UNIT=AMOUNT"],
  ["eval.every", "every run is evaluated once, at its end"],
  ["eval.progressQuestions", "every run is evaluated once, at its end"],
  ["eval.temperature", "give them as --temperatures 1 0.6 0"],
  ["run.folder", "runs are in the folder of the comparison: --out FOLDER"],
  ["algorithm.preset", "a preset is one method's: RECIPE:PRESET"],
];

/** "A value without effect is an error." */
export function checkAssignments(set: readonly string[]): void {
  for (const assignment of set) {
    const key = methodSetting(assignment).assignment.split("=")[0]?.trim() ?? "";
    const found = IGNORED.find(([field]) => key === field || key.startsWith(`${field}.`));
    if (found === undefined) continue;
    throw new AepoError("usage", `--set ${assignment}: ${found[0]} has no effect in a comparison`, { fix: found[1] });
  }
}

/** `aepo compare`: methods × seeds at an equal budget, and one report of what that shows. */
import { existsSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { Command } from "commander";
import { cellsOf, type Comparison } from "../compare/comparison.ts";
import { type CompareOutcome, readComparison, runComparison, startComparison } from "../compare/compare.ts";
import { comparisonLayout } from "../compare/layout.ts";
import { checkAssignments, makeComparison } from "../compare/make-comparison.ts";
import { makeMethods, type MethodArgument, variantNames } from "../compare/methods.ts";
import { heldOutTable } from "../compare/markdown.ts";
import { findingWords, missingWords } from "../compare/words.ts";
import { progressDisplay } from "../report/progress.ts";
import { visibleLine } from "../report/visible.ts";
import { systemClock } from "../std/clock.ts";
import { AepoError } from "../std/errors.ts";
import { plannedSteps } from "../train/budget.ts";
import { fetchHubModel } from "./download.ts";
import { Interrupted, interruptSignal } from "./interrupt.ts";
import { bundledRecipes, printJson, recipeSource } from "./options.ts";

interface CompareCommandOptions {
  readonly seeds?: string;
  readonly seed?: string;
  readonly budget?: string;
  readonly temperatures?: readonly string[];
  readonly name?: readonly string[];
  readonly out?: string;
  readonly allPairs?: boolean;
  readonly resume?: string;
  readonly set: readonly string[];
  readonly json?: boolean;
}

export function compareCommand(): Command {
  return new Command("compare")
    .description("train methods with several seeds each at an equal budget, and report which differences that shows")
    .argument("[recipes...]", "recipe files or names; RECIPE:NAME is a recipe with another algorithm or with a preset")
    .option("--seeds <n>", "train every method with so many seeds")
    .option("--seed <n>", "the first of them (default: 1)")
    .option(
      "--budget <unit=amount>",
      "what every run may spend: rollouts=N, tokens=N or calls=N (default: the recipes')",
    )
    .option("--temperatures <t...>", "held-out evaluation at these; 0 is greedy (default: 1 0.6 0)")
    .option("--all-pairs", "compare every two methods, not all with the first one")
    .option("--name <names...>", "names of the methods, one a recipe")
    .option("--out <folder>", "where everything goes (default: runs/compare-TASK)")
    .option("--resume <folder>", "go on with a comparison; started twice, two processes share the work")
    .option(
      "--set <key=value...>",
      "override settings of all recipes, e.g. --set optimizer.learningRate=2e-4, or of one: NAME:key=value",
      [],
    )
    .option("--json", "print one line of JSON on stdout at the end; everything else goes to stderr")
    .addHelpText("after", helpText)
    .action(async (recipes: readonly string[], options: CompareCommandOptions) => {
      const { folder, comparison } =
        options.resume === undefined ? fresh(recipes, options) : resumed(options.resume, recipes, options);
      await compare(folder, comparison, options.json === true);
    });
}

function helpText(): string {
  return `
Examples:
  $ aepo compare atlas atlas:grpo --seeds 5                          AEPO and GRPO, otherwise alike
  $ aepo compare atlas atlas:arpo atlas:aepo-no-penalty --seeds 5    what the branch penalty does
  $ aepo compare mine.yaml other.yaml --seeds 3 --budget tokens=200000
  $ aepo compare atlas atlas:grpo --seeds 2 --budget rollouts=432 --set train.questionsPerStep=6 eval.questions=50
  $ aepo compare atlas atlas:grpo --seeds 5 --set grpo:optimizer.learningRate=2e-4   a learning rate of its own
  $ aepo compare --resume runs/compare-atlas                         go on after Ctrl-C; or help a comparison that runs

The first method is the one that the others are compared with. RECIPE:NAME keeps the plain options of the recipe's algorithm that the
other one has too, such as groupSize; its groups of options (branch, clip, ...) are its own. A preset is put over the recipe's options.
Names: ${variantNames().join(", ")}.
Recipes that ship: ${bundledRecipes().join(", ")}.

Equal budget: training ends with the step in which it is reached, and warmup and decay are shares of it. Without --budget it is what the
recipes spend, in rollouts, if that is equal. Tasks, policies and evaluations (eval.questions, eval.samples, eval.k) must agree.
Every run is a run folder (aepo report OUT/METHOD/seed-1). After each of them OUT has report.html, compare.md and results.json anew.
For several processes on one machine give each fewer threads: --set policy.threads=1.`;
}

interface Prepared {
  readonly folder: string;
  readonly comparison: Comparison;
}

function fresh(recipes: readonly string[], options: CompareCommandOptions): Prepared {
  checkAssignments(options.set);
  const methods = makeMethods(recipes.map(methodArgument), options.set, options.name);
  const { seeds, seed, budget, temperatures, allPairs = false } = options;
  const comparison = makeComparison({ methods, seeds, firstSeed: seed, budget, temperatures, allPairs });
  const folder = options.out ?? join("runs", `compare-${methods[0]?.recipe.task.name ?? ""}`);
  startComparison(folder, comparison);
  return { folder, comparison };
}

/** `atlas:grpo` is the recipe `atlas` with another algorithm; a file of that very name is a recipe. */
function methodArgument(text: string): MethodArgument {
  const colon = existsSync(text) ? -1 : text.lastIndexOf(":");
  const recipe = colon < 0 ? text : text.slice(0, colon);
  const source = recipeSource(recipe, { set: [] });
  return { text, recipe: basename(recipe, extname(recipe)), variant: colon < 0 ? null : text.slice(colon + 1), source };
}

function resumed(folder: string, recipes: readonly string[], options: CompareCommandOptions): Prepared {
  const { resume: _, json: __, set, ...others } = options;
  const given = [...recipes, ...(set.length === 0 ? [] : ["--set"]), ...Object.keys(others).map((key) => `--${key}`)];
  if (given.length > 0) {
    throw new AepoError("usage", "a resumed comparison keeps its own settings", {
      exists: `${given.join(", ")} beside --resume`,
      fix: "leave them out, or start another comparison in another folder (--out)",
    });
  }
  return { folder, comparison: readComparison(folder) };
}

async function compare(folder: string, comparison: Comparison, json: boolean): Promise<void> {
  for (const checkpoint of new Set(comparison.methods.map(({ recipe }) => recipe.policy.checkpoint))) {
    await fetchHubModel(checkpoint);
  }
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const { signal, release } = interruptSignal();
  try {
    const outcome = await runComparison({
      folder,
      comparison,
      signal,
      clock: systemClock,
      ...displayed(comparison, say),
    });
    sayOutcome(folder, outcome, say);
    if (json) printJson(outcomeJson(folder, comparison, outcome));
    if (outcome.failed.length > 0) process.exitCode = 1;
  } catch (thrown) {
    if (thrown instanceof Interrupted) say(`\nto go on: aepo compare --resume ${visibleLine(folder)}`);
    throw thrown;
  } finally {
    release();
  }
}

type Listeners = Pick<Parameters<typeof runComparison>[0], "onCellStart" | "onCellEnd" | "onCellFailed" | "onRecord">;

function displayed({ methods, budget }: Comparison, say: (text: string) => void): Listeners {
  let display: ReturnType<typeof progressDisplay> | null = null;
  return {
    onCellStart({ method, seed }, number, of) {
      say(`\nrun ${number} of ${of}: ${method}, seed ${seed}`);
      const recipe = methods.find(({ name }) => name === method)?.recipe;
      const totalSteps =
        recipe === undefined ? null : plannedSteps({ ...recipe.train, budget }, recipe.algorithm.groupSize);
      display = progressDisplay({ stream: process.stderr, totalSteps, clock: systemClock });
    },
    onRecord: (record) => display?.record(record),
    onCellEnd(_, { evaluations, steps, spent }) {
      display?.done();
      const shares = evaluations.map(({ temperature, samples, correct }) => {
        const share = correct.reduce((sum, count) => sum + count, 0) / (samples * correct.length);
        return `${share.toFixed(2)} at ${temperature === 0 ? "greedy" : `T = ${temperature}`}`;
      });
      say(`${steps} steps, ${spent.rollouts} rollouts; held-out Pass@1 ${shares.join(", ")}`);
    },
    onCellFailed({ method, seed }, message) {
      display?.done();
      say(`${method}, seed ${seed} could not be finished: ${visibleLine(message)}`);
    },
  };
}

function sayOutcome(folder: string, { results, failed, elsewhere }: CompareOutcome, say: (text: string) => void): void {
  const layout = comparisonLayout(visibleLine(folder));
  say(["", ...heldOutTable(results), "", findingWords(results)].join("\n"));
  const missing = missingWords(results);
  if (missing !== "") say(missing);
  for (const { method, seed, by, file } of elsewhere) {
    say(`${method}, seed ${seed}: process ${by.pid} on ${by.host} is at it; if that is gone, remove ${file}`);
  }
  if (failed.length > 0) say(`${failed.length} runs failed; to try them again: aepo compare --resume ${layout.folder}`);
  say(`report    ${layout.report}\nnumbers   ${layout.results}`);
}

function outcomeJson(folder: string, comparison: Comparison, { results, failed }: CompareOutcome): object {
  const { report, results: numbers, markdown } = comparisonLayout(folder);
  const of = cellsOf(comparison).length;
  return {
    complete: results.complete,
    runs: of,
    done: of - results.missing.length,
    failed: failed.length,
    methods: results.methods.map(({ name, heldOut }) => ({ name, heldOut })),
    shown: results.comparisons.filter(({ shown }) => shown !== null),
    compared: results.comparisons.length,
    report,
    results: numbers,
    markdown,
  };
}

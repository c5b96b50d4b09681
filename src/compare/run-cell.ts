/** One cell: trains the method with the seed in a run folder of its own, on from where that stopped, and evaluates what came of it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { AnyTask } from "../envs/task.ts";
import { evaluate } from "../eval/evaluate.ts";
import { unjudgedWords } from "../eval/unjudged-words.ts";
import { writeFileAtomic } from "../run/atomic.ts";
import { listCheckpoints, openCheckpoint, type RunState } from "../run/checkpoint.ts";
import { readJournal } from "../run/journal.ts";
import { runLayout } from "../run/layout.ts";
import type { EvalRecord, MetricRecord, StepRecord, WarningRecord } from "../run/records.ts";
import type { Clock } from "../std/clock.ts";
import { AepoError } from "../std/errors.ts";
import { type Recipe, recipeSchema, runConfigSchema } from "../train/config.ts";
import { readConfig } from "../train/config-source.ts";
import { RunDied } from "../train/doctor/run-died.ts";
import { openTrained } from "../train/open-trained.ts";
import { modelNameOf } from "../train/policy-options.ts";
import { type ModelTaskOpening, withTask } from "../train/tasks.ts";
import { readRunConfig, train } from "../train/train.ts";
import { type CellResult, curvesOf, figuresOf } from "./cell-result.ts";
import { type Comparison, cellRecipe, type Method } from "./comparison.ts";
import { cellLayout } from "./layout.ts";

export interface CellInputs {
  /** Of the comparison. */
  readonly folder: string;
  readonly comparison: Comparison;
  readonly method: Method;
  readonly seed: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  onRecord?(record: MetricRecord): void;
}

export async function runCell(inputs: CellInputs): Promise<CellResult> {
  const { folder, comparison, method, seed } = inputs;
  const layout = cellLayout(folder, { method: method.name, seed });
  const { state, ended, recipe } = await trained(inputs, layout.folder);
  const { evaluations, seconds } = await withTask(recipe.task, openingOf(inputs, recipe), (task) =>
    evaluated(task, inputs, recipe, layout.folder, state),
  );
  const records = readJournal<MetricRecord>(runLayout(layout.folder).metrics);
  const steps = records.filter((record): record is StepRecord => record.kind === "step" && record.step <= state.step);
  const { rollouts, tokens, calls } = state.spent;
  const result: CellResult = {
    format: "aepo-cell-1",
    method: method.name,
    seed,
    steps: state.step,
    ended,
    spent: { rollouts, tokens, calls },
    evaluations,
    figures: figuresOf(steps),
    curves: curvesOf(steps, comparison.budget),
    warnings: records
      .filter((record): record is WarningRecord => record.kind === "warning")
      .map(({ step, message }) => `step ${step}: ${message}`),
    seconds: { training: state.seconds, evaluation: seconds },
  };
  writeFileAtomic(layout.result, `${JSON.stringify(result)}\n`);
  return result;
}

function openingOf({ seed, signal, onRecord }: CellInputs, { policy }: Recipe): ModelTaskOpening {
  return {
    signal,
    seed,
    purpose: "use",
    checkpoint: modelNameOf(policy),
    onWarning: (message) => onRecord?.({ kind: "warning", step: 0, message }),
  };
}

interface Trained {
  readonly state: RunState;
  readonly ended: string | null;
  readonly recipe: Recipe;
}

async function trained(inputs: CellInputs, folder: string): Promise<Trained> {
  const { comparison, method, seed, clock, signal, onRecord } = inputs;
  const exists = existsSync(runLayout(folder).config);
  const recipe = exists
    ? readConfig(
        {
          name: `${folder}/config.json`,
          text: readRunConfig(folder),
          overrides: [`run.folder=${JSON.stringify(folder)}`],
        },
        recipeSchema,
      )
    : cellRecipe(comparison, method, seed, folder);
  const { task, ...settings } = recipe;
  try {
    const { state } = await withTask(task, openingOf(inputs, recipe), (opened) =>
      train({
        task: opened,
        config: runConfigSchema.parse(settings),
        resolved: recipe,
        clock,
        signal,
        ...(exists ? { resume: true } : {}),
        ...(onRecord === undefined ? {} : { onRecord }),
      }),
    );
    return { state, ended: null, recipe };
  } catch (thrown) {
    // A run that died counts with what it reached.
    if (!(thrown instanceof RunDied)) throw thrown;
    return { state: openCheckpoint(lastCheckpoint(folder)).state, ended: thrown.message, recipe };
  }
}

/** The last weights on the same questions, once a temperature. The best weights would be chosen by what they are judged by. */
async function evaluated(
  task: AnyTask,
  inputs: CellInputs,
  { policy: policyOptions, eval: { shaping }, train: { toolTimeoutMs } }: Recipe,
  folder: string,
  { step }: RunState,
): Promise<{ readonly evaluations: CellResult["evaluations"]; readonly seconds: number }> {
  const { comparison, seed, clock, signal } = inputs;
  const { temperatures, questions, samples } = comparison;
  const { policy, tokenizer, close } = await openTrained(policyOptions, lastCheckpoint(folder), seed);
  const evaluations: CellResult["evaluations"] = [];
  let seconds = 0;
  try {
    for (const temperature of temperatures) {
      const count = temperature === 0 ? 1 : samples;
      const evalOptions = { questions, samples: count, temperature, shaping, k: [1] as [number] };
      const what = { task, tokenizer, policy, options: evalOptions, step, seed, toolTimeoutMs, clock, signal };
      const { record, paths } = await evaluate({ ...what, split: "test" });
      checkJudged(record);
      seconds += record.seconds;
      evaluations.push({
        temperature,
        samples: count,
        correct: paths.map((list) => list.filter(({ reward }) => reward.correct).length),
        formatShare: record.formatShare,
        rewardMean: record.rewardMean,
      });
    }
  } finally {
    await close();
  }
  return { evaluations, seconds };
}

/** Methods are compared question by question: one that is judged on fewer is not compared fairly. */
function checkJudged(record: EvalRecord): void {
  if (record.unjudged === undefined) return;
  throw new AepoError("run", unjudgedWords(record), {
    expected: "every sample judged: methods are compared question by question",
    fix: "mend what judges, then start the comparison again: it goes on where it stopped",
  });
}

function lastCheckpoint(folder: string): string {
  const { checkpoints } = runLayout(folder);
  const last = listCheckpoints(checkpoints).at(-1);
  if (last !== undefined) return join(checkpoints, last);
  throw new AepoError("run", `the run ${folder} ended before its first checkpoint`, {
    fix: "set run.checkpointEvery to 1",
  });
}

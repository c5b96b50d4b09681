/** Runs `train` with the live display around it: what `aepo train` and `aepo quickstart` share. */
import type { AnyTask } from "../envs/task.ts";
import type { MetricRecord } from "../run/records.ts";
import { runLayout } from "../run/layout.ts";
import { progressDisplay } from "../report/progress.ts";
import { writeReport } from "../report/write-report.ts";
import { plannedSteps } from "../train/budget.ts";
import { type Recipe, runConfigSchema } from "../train/config.ts";
import { modelNameOf } from "../train/policy-options.ts";
import { withTask } from "../train/tasks.ts";
import { runFolder, train, type TrainResult } from "../train/train.ts";
import { systemClock } from "../std/clock.ts";
import { fetchHubModel } from "./download.ts";
import { interruptSignal, Interrupted } from "./interrupt.ts";
import { warnOnStderr } from "./warn.ts";

export interface RunOutcome extends TrainResult {
  readonly report: string;
}

/** Trains a recipe to its end, writes the report, and says how to go on when stopped. */
export async function runRecipe(recipe: Recipe, resume?: boolean | string): Promise<RunOutcome> {
  await fetchHubModel(recipe.policy.checkpoint);
  const { signal, release } = interruptSignal();
  const checkpoint = modelNameOf(recipe.policy);
  const found: string[] = [];
  const onWarning = (text: string): void => {
    found.push(text);
    // A new run's journal has them, and what is written there is shown.
    if (resume !== undefined) warnOnStderr(text);
  };
  const opening = { signal, seed: recipe.seed, purpose: "train" as const, checkpoint, onWarning };
  const work = (task: AnyTask): Promise<RunOutcome> => runTask(task, recipe, { resume, warnings: found, signal });
  return withTask(recipe.task, opening, work).finally(release);
}

interface RunHow {
  readonly resume: boolean | string | undefined;
  readonly warnings: readonly string[];
  readonly signal: AbortSignal;
}

async function runTask(task: AnyTask, recipe: Recipe, { resume, warnings, signal }: RunHow): Promise<RunOutcome> {
  const { task: _, ...settings } = recipe;
  const config = runConfigSchema.parse(settings);
  const folder = runFolder(config, task);
  const display = progressDisplay({
    stream: process.stderr,
    totalSteps: plannedSteps(config.train, config.algorithm.groupSize),
    clock: systemClock,
  });
  const onRecord = (record: MetricRecord): void => display.record(record);
  try {
    const resolved = { ...recipe, run: { ...recipe.run, folder } };
    const how = resume === undefined ? {} : { resume };
    const result = await train({ task, config, resolved, warnings, signal, onRecord, ...how });
    return { ...result, report: writeReport(folder) };
  } catch (thrown) {
    if (thrown instanceof Interrupted) sayHowToResume(folder);
    throw thrown;
  } finally {
    display.done();
  }
}

function sayHowToResume(folder: string): void {
  process.stderr.write(`\nto go on from the last checkpoint: aepo train --resume ${runLayout(folder).folder}\n`);
}

/** `aepo sft`: supervised training, from a task's demonstrations or from data. */
import { Command } from "commander";
import type { SftRecord } from "../run/records.ts";
import { systemClock } from "../std/clock.ts";
import { coldStart } from "../train/cold-start.ts";
import { dataRecipeSchema, sftRecipeSchema } from "../train/config.ts";
import { type ConfigSource, readConfig, topKeys } from "../train/config-source.ts";
import { fineTune } from "../train/fine-tune.ts";
import { readUnfinishedConfig } from "../train/sft-progress.ts";
import { withTask } from "../train/tasks.ts";
import { fetchHubModel } from "./download.ts";
import { interruptSignal } from "./interrupt.ts";
import {
  checkResumesAlone,
  type CommonOptions,
  printJson,
  recipeSource,
  requiredRecipe,
  withCommonOptions,
} from "./options.ts";
import { warnOnStderr } from "./warn.ts";

export function sftCommand(): Command {
  const command = new Command("sft")
    .description(
      "supervised training: a task's scripted demonstrations (the cold start), or conversations of a data file",
    )
    .argument("[recipe]", "a recipe file or name, e.g. cold-start-atlas")
    .option("--resume <folder>", "go on with a training that was stopped, in the folder it writes to")
    .addHelpText(
      "after",
      `
Examples:
  $ aepo sft cold-start-atlas      a small policy made for the task's words
  $ aepo sft conversations --set data.file=chats.jsonl from=MODEL   MODEL learns from conversations, rows such as
      {"messages": [{"role": "user", "content": "2+2?"}, {"role": "assistant", "content": "4"}], "tools": []}

Only what the assistant wrote is learnt: questions, tools' results and the chat template's own words are masked. The folder it
writes can be trained (--set policy.checkpoint=FOLDER), talked to (aepo chat FOLDER) and exported (aepo export FOLDER).`,
    );
  return withCommonOptions(command).action(async (recipe: string | undefined, options: SftCommandOptions) => {
    const source = sourceOf(recipe, options);
    const { signal, release } = interruptSignal();
    const startedMs = systemClock.nowMs();
    let last: SftRecord | undefined;
    const watch: Watch = {
      resume: options.resume !== undefined,
      signal,
      onRecord(record) {
        last = record;
        process.stderr.write(`${line(record)}\n`);
      },
      onWarning: warnOnStderr,
    };
    const checkpoint = await (topKeys(source).has("data")
      ? learnFromData(source, watch)
      : learnFromTask(source, watch));
    release();
    const seconds = (systemClock.nowMs() - startedMs) / 1000;
    process.stderr.write(`checkpoint: ${checkpoint} (${seconds.toFixed(0)} s)\n`);
    if (options.json === true) printJson({ checkpoint, seconds, ...last });
  });
}

interface SftCommandOptions extends CommonOptions {
  readonly resume?: string;
}

function sourceOf(recipe: string | undefined, options: SftCommandOptions): ConfigSource {
  if (options.resume !== undefined) {
    checkResumesAlone(recipe, options);
    return { ...readUnfinishedConfig(options.resume), overrides: [`out=${options.resume}`] };
  }
  return recipeSource(requiredRecipe(recipe, "--resume FOLDER"), options);
}

interface Watch {
  readonly resume: boolean;
  readonly signal: AbortSignal;
  onRecord(record: SftRecord): void;
  onWarning(text: string): void;
}

async function learnFromTask(source: ConfigSource, watch: Watch): Promise<string> {
  const resolved = readConfig(source, sftRecipeSchema);
  const { task, ...config } = resolved;
  await fetchHubModel(config.from);
  const opening = { ...watch, seed: config.seed, purpose: "use" as const, checkpoint: config.from };
  return withTask(task, opening, (opened) => coldStart({ task: opened, config, resolved, ...watch }));
}

async function learnFromData(source: ConfigSource, watch: Watch): Promise<string> {
  const config = readConfig(source, dataRecipeSchema);
  await fetchHubModel(config.from);
  return fineTune({ config, ...watch });
}

function line(record: SftRecord): string {
  const copy = record.copyAccuracy === null ? "" : `  copy accuracy ${record.copyAccuracy.toFixed(3)}`;
  const held = record.heldOutLoss === null ? "" : `  held-out loss ${record.heldOutLoss.toFixed(4)}`;
  const speed = Math.round(record.tokensPerSecond).toLocaleString("en");
  return `step ${record.step}/${record.steps}  loss ${record.loss.toFixed(4)}  ${speed} tokens/s${copy}${held}`;
}

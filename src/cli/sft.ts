/** `aepo sft`: the cold start. */
import { Command } from "commander";
import type { SftRecord } from "../run/records.ts";
import { systemClock } from "../std/clock.ts";
import { coldStart } from "../train/cold-start.ts";
import { sftRecipeSchema } from "../train/config.ts";
import { readConfig } from "../train/config-source.ts";
import { makeTask } from "../train/tasks.ts";
import { fetchHubModel } from "./download.ts";
import { interruptSignal } from "./interrupt.ts";
import { type CommonOptions, printJson, recipeSource, withCommonOptions } from "./options.ts";

export function sftCommand(): Command {
  const command = new Command("sft")
    .description("cold start: make a policy from scratch and teach it scripted demonstrations")
    .argument("<recipe>", "a recipe file or name, e.g. cold-start-atlas")
    .addHelpText("after", "\nThe checkpoint folder it writes can be trained: --set policy.checkpoint=FOLDER");
  return withCommonOptions(command).action(async (recipe: string, options: CommonOptions) => {
    const config = readConfig(recipeSource(recipe, options), sftRecipeSchema);
    await fetchHubModel(config.from);
    const { signal, release } = interruptSignal();
    const startedMs = systemClock.nowMs();
    let last: SftRecord | undefined;
    const { task, ...settings } = config;
    const onRecord = (record: SftRecord): void => {
      last = record;
      process.stderr.write(`${line(record, config.sft.steps)}\n`);
    };
    await coldStart({ task: makeTask(task), config: settings, signal, onRecord });
    release();
    const seconds = (systemClock.nowMs() - startedMs) / 1000;
    process.stderr.write(`checkpoint: ${config.out} (${seconds.toFixed(0)} s)\n`);
    if (options.json === true) printJson({ checkpoint: config.out, seconds, ...last });
  });
}

function line(record: SftRecord, steps: number): string {
  const copy = record.copyAccuracy === null ? "" : `  copy accuracy ${record.copyAccuracy.toFixed(3)}`;
  const held = record.heldOutLoss === null ? "" : `  held-out loss ${record.heldOutLoss.toFixed(4)}`;
  const speed = Math.round(record.tokensPerSecond).toLocaleString("en");
  return `step ${record.step}/${steps}  loss ${record.loss.toFixed(4)}  ${speed} tokens/s${copy}${held}`;
}

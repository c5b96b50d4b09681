/** `aepo train`: a run from a recipe, or on from where it stopped. */
import { Command } from "commander";
import { renderSummary } from "../report/progress.ts";
import { AepoError } from "../std/errors.ts";
import { recipeSchema } from "../train/config.ts";
import { readConfig } from "../train/config-source.ts";
import { readRunConfig } from "../train/train.ts";
import {
  bundledRecipes,
  checkResumesAlone,
  type CommonOptions,
  printJson,
  recipeSource,
  requiredRecipe,
  withCommonOptions,
} from "./options.ts";
import { runRecipe } from "./run.ts";
import { summaryJson } from "./summary.ts";

interface TrainCommandOptions extends CommonOptions {
  readonly resume?: string;
  readonly checkpoint?: string;
}

export function trainCommand(): Command {
  const command = new Command("train")
    .description("train an agent; with --resume go on to the result an uninterrupted run would have had")
    .argument("[recipe]", "a recipe file or the name of one that ships with aepo")
    .option("--resume <run>", "run folder to go on with, from its last checkpoint")
    .option("--checkpoint <name>", "with --resume: go on from this checkpoint, e.g. step-000010")
    .addHelpText("after", () => `\nRecipes that ship: ${bundledRecipes().join(", ")}`);
  return withCommonOptions(command).action(async (recipe: string | undefined, options: TrainCommandOptions) => {
    const outcome =
      options.resume === undefined ? await fresh(recipe, options) : await resume(options.resume, recipe, options);
    process.stderr.write(`${renderSummary(outcome)}\n`);
    if (options.json === true) printJson(summaryJson(outcome));
  });
}

function fresh(recipe: string | undefined, options: TrainCommandOptions): ReturnType<typeof runRecipe> {
  const given = requiredRecipe(recipe, "--resume RUN");
  if (options.checkpoint !== undefined) {
    throw new AepoError("usage", "--checkpoint has no effect without --resume", {
      fix: "start a new run from a checkpoint with --set policy.checkpoint=FOLDER",
    });
  }
  return runRecipe(readConfig(recipeSource(given, options), recipeSchema));
}

function resume(
  folder: string,
  recipe: string | undefined,
  options: TrainCommandOptions,
): ReturnType<typeof runRecipe> {
  checkResumesAlone(recipe, options);
  const source = { name: `${folder}/config.json`, text: readRunConfig(folder), overrides: [`run.folder=${folder}`] };
  return runRecipe(readConfig(source, recipeSchema), options.checkpoint ?? true);
}

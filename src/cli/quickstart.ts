/** `aepo quickstart`: the bundled agent, trained for a minute in front of you. */
import { rmSync } from "node:fs";
import { Command } from "commander";
import { renderSummary } from "../report/progress.ts";
import { recipeSchema } from "../train/config.ts";
import { readConfig } from "../train/config-source.ts";
import { runFolder } from "../train/train.ts";
import { type CommonOptions, printJson, recipeSource, withCommonOptions } from "./options.ts";
import { runRecipe } from "./run.ts";
import { summaryJson } from "./summary.ts";

export function quickstartCommand(): Command {
  const command = new Command("quickstart")
    .description("train the bundled agent with AEPO for a minute and show that it got better")
    .addHelpText(
      "after",
      `
The agent answers chained questions ("who is the mayor of the birthplace of …?") over a small linked web with two tools,
search and open. Its cold start knows the format and is often wrong; 40 steps of AEPO change that. Everything happens on
this machine. A second quickstart with the same seed replaces the first one's run folder.`,
    );
  return withCommonOptions(command).action(async (options: CommonOptions) => {
    const recipe = readConfig(recipeSource("quickstart", options), recipeSchema);
    const { task, ...settings } = recipe;
    const own = `${runFolder(settings, task)}-quickstart`;
    // Only the folder that this command names itself is ever removed.
    if (recipe.run.folder === undefined) rmSync(own, { recursive: true, force: true });
    const outcome = await runRecipe({ ...recipe, run: { ...recipe.run, folder: recipe.run.folder ?? own } });
    process.stderr.write(`${renderSummary(outcome)}\n`);
    if (options.json === true) printJson(summaryJson(outcome));
  });
}

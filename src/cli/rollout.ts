/** `aepo rollout`: one tree in the terminal: text, tool calls and results, where it branched and why. */
import { Command } from "commander";
import { renderTree } from "../report/terminal-tree.ts";
import { AepoError } from "../std/errors.ts";
import { rollout, type RolloutRequest } from "../train/api.ts";
import { type Recipe, recipeSchema } from "../train/config.ts";
import { readConfig } from "../train/config-source.ts";
import { modelNameOf } from "../train/policy-options.ts";
import { withTask } from "../train/tasks.ts";
import { fetchHubModel } from "./download.ts";
import { interruptSignal } from "./interrupt.ts";
import { type CommonOptions, printJson, recipeSource, withCommonOptions } from "./options.ts";
import { warnOnStderr } from "./warn.ts";

interface RolloutCommandOptions extends CommonOptions {
  readonly question: string;
  readonly split: string;
  readonly sampling: string;
  readonly entropies?: boolean;
}

export function rolloutCommand(): Command {
  const command = new Command("rollout")
    .description("grow one rollout tree and draw it: turns, tool calls, branch points with entropies and probabilities")
    .argument("[recipe]", "a recipe file or name", "quickstart")
    .option("--question <n>", "index of the question in its split", "0")
    .option("--split <split>", "train or test", "train")
    .option(
      "--sampling <as>",
      "as in train (train.temperature) or as in eval (eval.temperature, eval.shaping)",
      "train",
    )
    .option("--entropies", "print the entropy of every token")
    .addHelpText("after", "\nAnother policy: --set policy.checkpoint=runs/atlas-aepo-1");
  return withCommonOptions(command).action(async (recipe: string, options: RolloutCommandOptions) => {
    const config = readConfig(recipeSource(recipe, options), recipeSchema);
    await fetchHubModel(config.policy.checkpoint);
    const { signal, release } = interruptSignal();
    const { seed, algorithm, policy, train } = config;
    const request = {
      seed,
      algorithm,
      policy,
      split: splitOf(options.split),
      question: indexOf(options.question),
      ...samplingOf(options.sampling, config),
      toolTimeoutMs: train.toolTimeoutMs,
      signal,
    };
    const checkpoint = modelNameOf(policy);
    const opening = { signal, seed, purpose: "use" as const, checkpoint, onWarning: warnOnStderr };
    const tree = await withTask(config.task, opening, (task) => rollout({ task, ...request })).finally(release);
    const color = process.stdout.isTTY && process.env["NO_COLOR"] === undefined;
    if (options.json === true) printJson(tree);
    else
      process.stdout.write(`${renderTree(tree, { color, width: width(), entropies: options.entropies === true })}\n`);
  });
}

function width(): number {
  return Math.max(60, Math.min(160, process.stdout.columns ?? 120));
}

function splitOf(text: string): "train" | "test" {
  if (text === "train" || text === "test") return text;
  throw new AepoError("usage", `--split ${text}: no such split`, { expected: "train or test" });
}

/** Temperature and shaping; the shaping of evaluation has no effect in training (AEPO-H1), nor here unless it is asked for. */
function samplingOf(as: string, { train, eval: evaluation }: Recipe): Pick<RolloutRequest, "temperature" | "shaping"> {
  if (as === "train") return { temperature: train.temperature };
  if (as === "eval") return { temperature: evaluation.temperature, shaping: evaluation.shaping };
  throw new AepoError("usage", `--sampling ${as}: no such way of sampling`, { expected: "train or eval" });
}

function indexOf(text: string): number {
  const index = Number(text);
  if (Number.isSafeInteger(index) && index >= 0) return index;
  throw new AepoError("usage", `--question ${text}: not an index`, { expected: "a whole number from 0" });
}

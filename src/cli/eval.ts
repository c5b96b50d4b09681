/** `aepo eval`: held-out Pass@k of a run, a checkpoint or a bundled policy. */
import { Command } from "commander";
import { z } from "zod";
import { evalOptionsSchema } from "../eval/evaluate.ts";
import { renderEvaluation } from "../report/evaluation.ts";
import { evaluatePolicy } from "../train/api.ts";
import { policySchema } from "../train/config.ts";
import { readConfig } from "../train/config-source.ts";
import { taskSchema, withTask } from "../train/tasks.ts";
import { fetchHubModel } from "./download.ts";
import { interruptSignal } from "./interrupt.ts";
import { type CommonOptions, printJson, withCommonOptions } from "./options.ts";
import { recordedTask } from "./run-task.ts";
import { warnOnStderr } from "./warn.ts";

const evalCommandSchema = z.strictObject({
  seed: z.int().nonnegative().default(1),
  task: taskSchema,
  policy: policySchema,
  eval: evalOptionsSchema.prefault({}),
  split: z.enum(["train", "test"]).default("test"),
});

export function evalCommand(): Command {
  const command = new Command("eval")
    .description("evaluate a policy on held-out questions: unbiased Pass@k with bootstrap intervals over questions")
    .argument("<policy>", "run folder (its best checkpoint), checkpoint folder, bundled:NAME or hf://owner/name")
    .addHelpText(
      "after",
      `
Examples:
  $ aepo eval runs/atlas-aepo-1
  $ aepo eval bundled:atlas --set eval.temperature=0.6 eval.questions=400
  $ aepo eval bundled:atlas --set eval.temperature=0.7 eval.shaping.topP=0.8 eval.shaping.topK=20
  $ aepo eval checkpoints/mine --set task.name=calculator
The task is the run's own, or atlas. Settings: eval.questions, eval.samples, eval.temperature (0: greedy), eval.shaping.topP, .topK,
.minP and .repetitionPenalty, eval.k, split.`,
    );
  return withCommonOptions(command).action(async (checkpoint: string, options: CommonOptions) => {
    const config = readConfig(source(checkpoint, options), evalCommandSchema);
    await fetchHubModel(config.policy.checkpoint);
    const { task, ...settings } = config;
    const { signal, release } = interruptSignal();
    const opening = { signal, seed: config.seed, onWarning: warnOnStderr };
    const record = await withTask(task, opening, (opened) =>
      evaluatePolicy({ task: opened, ...settings, signal }),
    ).finally(release);
    process.stderr.write(`${renderEvaluation(record)}\n`);
    if (options.json === true) printJson(record);
  });
}

/** The task of the run that is evaluated, or atlas; everything else by `--set`. */
function source(checkpoint: string, options: CommonOptions): Parameters<typeof readConfig>[0] {
  const task = recordedTask(checkpoint) ?? { name: "atlas" };
  const overrides = [...options.set, ...(options.seed === undefined ? [] : [`seed=${options.seed}`])];
  return { name: "eval", text: JSON.stringify({ task, policy: { checkpoint } }), overrides };
}

/** The `aepo` command: each subcommand is a file of its own; errors are printed as their message, nothing more. */
import { Command } from "commander";
import { AepoError } from "../std/errors.ts";
import { chatCommand } from "./chat.ts";
import { compareCommand } from "./compare.ts";
import { doctorCommand } from "./doctor.ts";
import { downloadCommand } from "./download.ts";
import { evalCommand } from "./eval.ts";
import { exportCommand } from "./export.ts";
import { indexCommand } from "./index-corpus.ts";
import { initCommand } from "./init.ts";
import { INTERRUPTED_EXIT_CODE, Interrupted } from "./interrupt.ts";
import { planCommand } from "./plan.ts";
import { quickstartCommand } from "./quickstart.ts";
import { reportCommand } from "./report.ts";
import { rewardCommand } from "./reward.ts";
import { rolloutCommand } from "./rollout.ts";
import { serveCommand } from "./serve.ts";
import { sftCommand } from "./sft.ts";
import { trainCommand } from "./train.ts";

const FIRST_STEPS = `
First run:
  $ aepo quickstart                                  train the bundled agent for a minute, see it get better
  $ aepo rollout quickstart                          look at one tree: where it branched and why
  $ aepo doctor                                      what works on this machine, what is missing, what to do about it

Your own agent:
  $ aepo init my-agent                               a small project (recipe, task, tool, data, test) that trains as it is

Your own runs:
  $ aepo plan atlas                                  what a recipe takes here: memory by part, speeds, time
  $ aepo train atlas --set train.steps=50 --seed 2   a recipe by name or file, with overrides
  $ aepo train --resume runs/atlas-aepo-2            go on after Ctrl-C or a crash, to the same result
  $ aepo eval runs/atlas-aepo-2                      held-out Pass@1 and Pass@5 with intervals
  $ aepo compare atlas atlas:grpo --seeds 5          methods side by side: equal budgets, intervals, one report
  $ aepo report runs/atlas-aepo-2                    one self-contained HTML file
  $ aepo export runs/atlas-aepo-2 --to hf --out DIR  files for transformers, llama.cpp or PEFT
  $ aepo serve runs/atlas-aepo-2                     an OpenAI-compatible server for it
  $ aepo chat runs/atlas-aepo-2 --task atlas         ask it questions and see it use the tools; chat models just talk
  $ aepo sft cold-start-atlas                        make the cold-start checkpoint from scripted demonstrations
  $ aepo download hf://Qwen/Qwen3-0.6B               fetch an open-weights model; its name is a policy.checkpoint
  $ aepo index notes --out notes.index               an offline search index of a folder or a file of rows
  $ aepo reward math --pairs pairs.jsonl             try a reward on pairs of gold and predicted answers`;

const COMMANDS = [
  quickstartCommand,
  initCommand,
  planCommand,
  trainCommand,
  evalCommand,
  compareCommand,
  rolloutCommand,
  reportCommand,
  sftCommand,
  exportCommand,
  serveCommand,
  chatCommand,
  downloadCommand,
  indexCommand,
  rewardCommand,
  doctorCommand,
];

/** Runs one command line (without `node` and the script); what it prints goes to the process's streams. Returns the exit code. */
export async function runCommand(args: readonly string[]): Promise<number> {
  const program = new Command("aepo")
    .description("Train tool-using language-model agents with AEPO, on a laptop.")
    .addHelpText("after", FIRST_STEPS)
    .showHelpAfterError("(aepo --help shows what exists)");
  for (const command of COMMANDS) program.addCommand(command());
  try {
    await program.parseAsync(args, { from: "user" });
    return Number(process.exitCode ?? 0);
  } catch (thrown) {
    if (!(thrown instanceof AepoError)) throw thrown;
    process.stderr.write(`${thrown instanceof Interrupted ? "" : "aepo: "}${thrown.message}\n`);
    return thrown instanceof Interrupted ? INTERRUPTED_EXIT_CODE : thrown.kind === "usage" ? 2 : 1;
  }
}

/** `aepo plan`: what a recipe takes on this machine, before it is started. */
import { Command } from "commander";
import type { AnyTask } from "../envs/task.ts";
import { renderPlan } from "../report/plan-text.ts";
import { renderRemotePlan } from "../report/remote-plan-text.ts";
import { systemClock } from "../std/clock.ts";
import { AepoError } from "../std/errors.ts";
import { dataRecipeSchema, recipeSchema, type RunConfig, sftRecipeSchema } from "../train/config.ts";
import { type ConfigSource, readConfig, topKeys } from "../train/config-source.ts";
import { type Plan, planRecipe } from "../train/plan/plan.ts";
import { planRemote } from "../train/plan/plan-remote.ts";
import type { PlanSubject } from "../train/plan/work.ts";
import { withTask } from "../train/tasks.ts";
import type { TinkerOptions } from "../train/tinker-options.ts";
import { interruptSignal } from "./interrupt.ts";
import { type CommonOptions, printJson, recipeSource, withCommonOptions } from "./options.ts";
import { warnOnStderr } from "./warn.ts";

interface PlanCommandOptions extends CommonOptions {
  readonly probe: string | false;
}

export function planCommand(): Command {
  const command = new Command("plan")
    .description(
      "say what a recipe takes here: parameters, memory by part, speeds from a short probe, time; nothing is written",
    )
    .argument("<recipe>", "a recipe file or name, of aepo train or of aepo sft")
    .option("--probe <seconds>", "measure speeds for about so long", "60")
    .option("--no-probe", "predict memory only")
    .addHelpText(
      "after",
      `
Examples:
  $ aepo plan atlas                                           before aepo train atlas
  $ aepo plan cold-start-atlas                                before aepo sft cold-start-atlas
  $ aepo plan RECIPE --set policy.lora.rank=16                what adapters would take instead
  $ aepo plan RECIPE --set policy.memoryGiB=6                 inside 6 GiB (default: most of what is free)
  $ aepo plan RECIPE --set policy.recompute=always policy.microBatchTokens=1024
  $ aepo plan RECIPE --set policy.checkpoint=FOLDER --no-probe    FOLDER with no more than a config.json

What takes memory: weights, their gradients and two moments of the optimiser, 4 bytes a parameter each (with adapters only theirs);
activations that the backward pass reads, unless layers are computed again (policy.recompute: about a quarter slower); logits, as
wide as the vocabulary; the cache of keys and values (policy.cacheTokens); at a step weights and moments a second time, in pieces.
A run that does not fit is refused before it starts, with the same table. The exit code is 1 then.`,
    );
  return withCommonOptions(command).action(async (recipe: string, options: PlanCommandOptions) => {
    const source = recipeSource(recipe, options);
    const { signal, release } = interruptSignal();
    const planOptions = {
      probeSeconds: probeSeconds(options.probe),
      clock: systemClock,
      signal,
      onNotice: (text: string) => process.stderr.write(`${text}\n`),
    };
    const work = async (subject: PlanSubject | RemoteSubject): Promise<PlanOutput> => {
      if (subject.kind === "remote") {
        const plan = await planRemote(subject.task, subject.config, subject.policy);
        return { text: renderRemotePlan(plan), json: plan, fits: true };
      }
      const plan = await planRecipe(subject, planOptions);
      return { text: renderPlan(plan), json: planJson(plan), fits: plan.memory.fits };
    };
    const { text, json, fits } = await withSubject(source, signal, work).finally(release);
    (options.json === true ? process.stderr : process.stdout).write(`${text}\n`);
    if (options.json === true) printJson(json);
    if (!fits) process.exitCode = 1;
  });
}

/** A run on a server. */
interface RemoteSubject {
  readonly kind: "remote";
  readonly task: AnyTask;
  readonly config: RunConfig;
  readonly policy: TinkerOptions;
}

interface PlanOutput {
  readonly text: string;
  readonly json: object;
  readonly fits: boolean;
}

/** A recipe with `data` learns from it, one with `sft` from demonstrations, any other is a run. */
function withSubject(
  source: ConfigSource,
  signal: AbortSignal,
  work: (subject: PlanSubject | RemoteSubject) => Promise<PlanOutput>,
): Promise<PlanOutput> {
  const keys = topKeys(source);
  if (keys.has("data")) return work({ kind: "data", config: readConfig(source, dataRecipeSchema) });
  const opening = (seed: number) => ({ signal, seed, purpose: "plan" as const, onWarning: warnOnStderr });
  if (keys.has("sft")) {
    const { task, ...config } = readConfig(source, sftRecipeSchema);
    return withTask(task, opening(config.seed), (opened) => work({ kind: "sft", task: opened, config }));
  }
  const { task, ...config } = readConfig(source, recipeSchema);
  const { policy } = config;
  return withTask(task, opening(config.seed), (opened) =>
    work(
      policy.engine === "tinker"
        ? { kind: "remote", task: opened, config, policy }
        : { kind: "train", task: opened, config: { ...config, policy } },
    ),
  );
}

function probeSeconds(given: string | false): number | null {
  if (given === false) return null;
  const seconds = Number(given);
  if (Number.isFinite(seconds) && seconds > 0) return seconds;
  throw new AepoError("usage", `--probe ${given}: not a time`, { expected: "seconds, above 0", fix: "or --no-probe" });
}

/** Bytes, tokens a second and seconds, as scripts read them. */
function planJson({ parameters, memory, probe, time, lengths, missing, checkpointBytes }: Plan): object {
  const { recompute, reason, moments, limit, fits } = memory;
  const sum = (of: "parameters" | "trained"): number => parameters.reduce((all, part) => all + part[of], 0);
  return {
    fits,
    recompute,
    reason,
    parameters: { total: sum("parameters"), trained: sum("trained"), parts: parameters },
    memory: { limitBytes: limit?.bytes ?? null, peakBytes: moments[0]?.bytes ?? null, moments },
    checkpointBytes,
    probe,
    lengths,
    seconds: time === null ? null : { typical: time.typical.seconds, most: time.most.seconds, rows: time.typical.rows },
    missing,
  };
}

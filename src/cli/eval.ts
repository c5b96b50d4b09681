/** `aepo eval`: held-out Pass@k of a run, a checkpoint or a bundled policy; or a model on suites (`eval-suites.ts`). */
import { Command } from "commander";
import { z } from "zod";
import { evalOptionsSchema } from "../eval/evaluate.ts";
import { METRIC_NAMES } from "../eval/metrics/metric.ts";
import { SUITES } from "../eval/suites/list.ts";
import { renderEvaluation } from "../report/evaluation.ts";
import { AepoError } from "../std/errors.ts";
import { evaluatePolicy } from "../train/api.ts";
import { policySchema } from "../train/config.ts";
import { type ConfigSource, readConfig } from "../train/config-source.ts";
import type { ServerTarget } from "../train/served-model.ts";
import { taskSchema, withTask } from "../train/tasks.ts";
import { fetchHubModel } from "./download.ts";
import { evalOnServer, type ServerFlags, serverTarget } from "./eval-server.ts";
import { evalCompare, evalSuites } from "./eval-suites.ts";
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

interface EvalCommandOptions extends CommonOptions, ServerFlags {
  readonly suite?: readonly string[];
  readonly data?: string;
  readonly recipe?: string;
  readonly samples?: string;
  readonly k?: string;
  readonly limit?: string;
  readonly metric?: string;
  readonly out?: string;
  readonly compare?: readonly string[];
}

export function evalCommand(): Command {
  const command = new Command("eval")
    .description(
      "evaluate a policy: on its task's held-out questions, or a model or a model server on public suites (--suite); unbiased pass@k, avg@k, maj@k with bootstrap intervals over questions",
    )
    .argument(
      "[policy]",
      "run folder (its best checkpoint), checkpoint folder, GGUF file, bundled:NAME or hf://owner/name; with --suite also http://server",
    )
    .option("--suite <name...>", `suites, each NAME or NAME=FILE: ${SUITES.map(({ name }) => name).join(", ")}`)
    .option("--data <path>", "folder of the suites' files, or one file (default: the public files on the Hub)")
    .option("--recipe <file>", "a recipe whose task gives tools, dialect and prompt (default: no tools)")
    .option("--samples <n>", "attempts at each question (same as --set eval.samples=N)")
    .option("--k <list>", "pass@k for these, e.g. 1,3,5 (same as --set eval.k=[1,3,5])")
    .option("--limit <n>", "the first so many questions of each suite")
    .option("--metric <name>", `score by this instead of the suite's own metric: ${METRIC_NAMES.join(", ")}`)
    .option("--out <folder>", "journal and results; the same command goes on where it stopped (default: runs/eval-…)")
    .option(
      "--server <url>",
      "ask the model that a server of OpenAI's API serves, by token ids (vLLM, SGLang, aepo serve); POLICY gives tokenizer, task and dialect",
    )
    .option("--server-kind <kind>", "vllm, sglang, or auto: the server says what it is (default: auto)")
    .option(
      "--adapter [path]",
      "load the checkpoint's LoRA adapters on that server, evaluate them, unload them; PATH: where the server sees their folder",
    )
    .option("--compare <folder...>", "two folders of --suite: differences question by question, with a paired test")
    .addHelpText("after", helpText());
  return withCommonOptions(command).action(evaluateBy);
}

function helpText(): string {
  return `
Examples:
  $ aepo eval runs/atlas-aepo-1                                          held-out questions of its own task
  $ aepo eval bundled:atlas --set eval.temperature=0.6 eval.questions=400
  $ aepo eval bundled:atlas --set eval.temperature=0.7 eval.shaping.topP=0.8 eval.shaping.topK=20
  $ aepo eval checkpoints/mine --set task.name=calculator
  $ aepo eval model.gguf --suite gsm8k hotpotqa --data DATA --samples 5 --k 1,3,5
  $ aepo eval hf://Qwen/Qwen3-0.6B --suite math500=mine.jsonl --limit 50  a file of one's own, read as a suite's
  $ aepo eval http://127.0.0.1:8080/v1 --suite gsm8k --set server.concurrency=16 server.price.input=0.2 server.price.output=0.6
  $ aepo eval runs/search --suite bamboogle --recipe search.yaml         the same tools, limits and prompt as in training
  $ aepo eval runs/atlas-aepo-1 --server http://127.0.0.1:8000/v1        the same questions and loop, tokens computed there
  $ aepo eval runs/lora-1 --server http://127.0.0.1:8000/v1 --adapter --suite gsm8k    its adapters, loaded there and unloaded after
  $ aepo eval --compare runs/eval-a runs/eval-b                          which is better on the same questions

The task of a run is its own, or atlas. Settings without --suite: eval.questions, eval.samples, eval.temperature (0: greedy),
eval.shaping.topP, .topK, .minP and .repetitionPenalty, eval.k, split. With --suite: eval.* (temperature 0.6 and top-p 0.95 as in the
paper), limits.tokens, .calls, .turns, system, policy.*, server.model, .keyEnv, .concurrency, .timeoutMs, .retries, .turnTokens, .price;
with --server instead of policy.* also server.cacheSalt, .sessionHeader.
Results of a suite: result.json, result.md, result.html (every attempt to read), journal.jsonl (one line a question). Stopped, the same
command goes on, to the same result; questions whose attempts could not be judged are asked again.`;
}

async function evaluateBy(policy: string | undefined, options: EvalCommandOptions): Promise<void> {
  const { suite, compare, json = false } = options;
  if (compare !== undefined) return evalCompare(compare, options.k === undefined ? null : ksOf(options.k), json);
  if (policy === undefined) {
    throw new AepoError("usage", "nothing to evaluate", { expected: "aepo eval POLICY, or aepo eval --compare A B" });
  }
  const server = serverTarget(options);
  if (suite === undefined) return evaluateHeldOut(policy, server, options);
  const { data, recipe, out } = options;
  await evalSuites(policy, {
    suite,
    ...(data === undefined ? {} : { data }),
    ...(recipe === undefined ? {} : { recipe }),
    ...(out === undefined ? {} : { out }),
    ...(server === undefined ? {} : { server }),
    json,
    overrides: overridesOf(options, "eval.limit"),
  });
}

/** What flags mean as settings. `limit`: how the number of questions is called. */
function overridesOf(options: EvalCommandOptions, limit: string): string[] {
  const { set, seed, samples, k, metric } = options;
  const flags = { seed, "eval.samples": samples, [limit]: options.limit, "eval.metric": metric };
  const given = Object.entries(flags).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`]));
  return [...set, ...given, ...(k === undefined ? [] : [`eval.k=[${ksOf(k).join(",")}]`])];
}

function ksOf(text: string): number[] {
  const ks = text.split(",").map((part) => Number(part.trim()));
  if (ks.every((k) => Number.isSafeInteger(k) && k > 0)) return ks;
  throw new AepoError("usage", `--k ${text}`, { expected: "whole numbers from 1, with commas: 1,3,5" });
}

async function evaluateHeldOut(
  checkpoint: string,
  server: ServerTarget | undefined,
  options: EvalCommandOptions,
): Promise<void> {
  for (const flag of ["data", "recipe", "metric", "out"] as const) {
    if (options[flag] === undefined) continue;
    throw new AepoError("usage", `--${flag} has no effect without --suite`, { fix: `leave it out, or name a suite` });
  }
  if (server !== undefined) {
    const asked = source(checkpoint, {}, options);
    return evalOnServer(checkpoint, server, asked, options.json === true);
  }
  const config = readConfig(source(checkpoint, { policy: { checkpoint } }, options), evalCommandSchema);
  await fetchHubModel(config.policy.checkpoint);
  const { task, ...settings } = config;
  const { signal, release } = interruptSignal();
  const opening = { signal, seed: config.seed, purpose: "use" as const, checkpoint, onWarning: warnOnStderr };
  const record = await withTask(task, opening, (opened) =>
    evaluatePolicy({ task: opened, ...settings, signal }),
  ).finally(release);
  process.stderr.write(`${renderEvaluation(record)}\n`);
  if (options.json === true) printJson(record);
}

/** The task of the run that is evaluated, or atlas; everything else by `--set`. */
function source(checkpoint: string, settings: object, options: EvalCommandOptions): ConfigSource {
  const task = recordedTask(checkpoint) ?? { name: "atlas" };
  const overrides = overridesOf(options, "eval.questions");
  return { name: "eval", text: JSON.stringify({ task, ...settings }), overrides };
}

/** `aepo chat`: talk to a model, or ask a policy the questions of its task and see it use the tools. */
import { Command } from "commander";
import { z } from "zod";
import type { AnyTask } from "../envs/task.ts";
import { shapingSchema } from "../policy/shaping.ts";
import { AepoError } from "../std/errors.ts";
import { policySchema } from "../train/config.ts";
import { readConfig } from "../train/config-source.ts";
import { openPolicy } from "../train/open.ts";
import { checkPolicyFitsTask } from "../train/policy-fit.ts";
import { taskSchema, withTask } from "../train/tasks.ts";
import { isChatModel } from "./chat-conversation.ts";
import { entropyLegend, entropyPaint, type Paint } from "./chat-paint.ts";
import { ChatSession } from "./chat-session.ts";
import { converse } from "./chat-terminal.ts";
import { fetchHubModel } from "./download.ts";
import { type CommonOptions, withCommonOptions } from "./options.ts";
import { runTask } from "./run-task.ts";
import { warnOnStderr } from "./warn.ts";

const chatSchema = z.strictObject({
  seed: z.int().nonnegative().default(1),
  task: taskSchema.optional(),
  policy: policySchema,
  chat: z
    .strictObject({
      temperature: z.number().nonnegative().default(0.7),
      shaping: shapingSchema.prefault({}),
      maxTokens: z.int().positive().default(1024),
      system: z.string().optional(),
    })
    .prefault({}),
});

type ChatConfig = z.output<typeof chatSchema>;

interface ChatCommandOptions extends CommonOptions {
  readonly task?: string;
  readonly system?: string;
  readonly temperature?: string;
  readonly entropy: boolean;
  readonly color: boolean;
}

export function chatCommand(): Command {
  const command = new Command("chat")
    .description("talk to a model in the terminal, or ask a policy its task's questions: replies as they are drawn")
    .argument(
      "<model>",
      "run folder (its best checkpoint), checkpoint or model folder, GGUF file, hf://… or bundled:NAME",
    )
    .option(
      "--task <name>",
      "answer questions with the tools of this task: atlas, atlas-english or calculator; none: converse (default: a run's own)",
    )
    .option("--system <text>", "what the model is told first (same as --set chat.system=…)")
    .option("--temperature <x>", "0: the most likely token (same as --set chat.temperature=…)")
    .option("--no-entropy", "do not colour tokens by how unsure the model was")
    .option("--no-color", "no colours at all")
    .addHelpText(
      "after",
      `
Examples:
  $ aepo chat hf://HuggingFaceTB/SmolLM2-135M-Instruct --system "Answer in one sentence."
  $ aepo chat model.gguf --set chat.shaping.topP=0.9 chat.maxTokens=200
  $ aepo chat runs/atlas-aepo-1                              the run's task: then /question 0
  $ aepo chat bundled:atlas --task atlas
  $ echo "/question 0" | aepo chat bundled:atlas --task atlas --json
While talking: /question N asks the N-th held-out question of the task, /reset begins a new conversation, /seed N sets the seed,
/quit or Ctrl-D ends. Ctrl-C stops a reply, at the prompt the program. A question of your own is asked in the world of the last /question.
Settings: chat.temperature, chat.maxTokens, chat.system, chat.shaping.topP, .topK, .minP and .repetitionPenalty, policy.threads.
With --json, one line of JSON a reply on stdout: text, ids, logprobs and entropies.`,
    );
  return withCommonOptions(command).action(chat);
}

async function chat(checkpoint: string, options: ChatCommandOptions): Promise<void> {
  const config = readChatConfig(checkpoint, options);
  const { seed, task: taskOptions } = config;
  await fetchHubModel(checkpoint);
  const talk = (task: AnyTask | null): Promise<void> => talkWith(checkpoint, options, config, task);
  if (taskOptions === undefined) return talk(null);
  const { signal } = new AbortController();
  const opening = { signal, seed, purpose: "use" as const, checkpoint, onWarning: warnOnStderr };
  return withTask(taskOptions, opening, talk);
}

async function talkWith(
  checkpoint: string,
  options: ChatCommandOptions,
  { seed, policy: policyOptions, chat: settings }: ChatConfig,
  task: AnyTask | null,
): Promise<void> {
  const { policy, tokenizer, close } = await openPolicy(policyOptions);
  try {
    if (task !== null) checkPolicyFitsTask(task, policy.info, tokenizer);
    else if (!isChatModel(tokenizer)) {
      throw new AepoError("usage", `${checkpoint} has no chat template to write a conversation with`, {
        fix: "choose a chat model (hf://… with a chat template), or ask this policy its task's questions: --task NAME",
      });
    }
    const paint = paintOf(options);
    const isTerminal = process.stdin.isTTY;
    if (isTerminal) process.stderr.write(`${policy.info.description}\n`);
    if (isTerminal && paint.isColored) process.stderr.write(`${entropyLegend(paint.paint)}\n`);
    const contextTokens = Math.min(policy.info.maxSequenceTokens, policyOptions.cacheTokens);
    const json = options.json === true;
    const session = new ChatSession({
      policy,
      tokenizer,
      task,
      settings,
      seed,
      contextTokens,
      paint: paint.paint,
      json,
    });
    try {
      await converse((line, signal) => session.answer(line, signal));
    } finally {
      await session.close();
    }
  } finally {
    await close();
  }
}

function readChatConfig(checkpoint: string, { set, seed, task, system, temperature }: ChatCommandOptions): ChatConfig {
  const named = Object.entries({ seed, "chat.temperature": temperature });
  const overrides = [...set, ...named.flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`]))];
  const source = {
    policy: { checkpoint },
    ...taskSource(checkpoint, task),
    ...(system === undefined ? {} : { chat: { system } }),
  };
  return readConfig({ name: "chat", text: JSON.stringify(source), overrides }, chatSchema);
}

/** The task that is named, none, or by default that of a run. */
function taskSource(checkpoint: string, name: string | undefined): { readonly task?: object } {
  if (name === "none") return {};
  if (name !== undefined) return { task: { name } };
  const task = runTask(checkpoint);
  return task === null ? {} : { task };
}

function paintOf({ entropy, color }: ChatCommandOptions): { readonly paint: Paint; readonly isColored: boolean } {
  // Missing in a pipe, whatever its type says; picocolors would then decide by itself, and colours in CI.
  const isTerminal = "isTTY" in process.stdout && process.stdout.isTTY;
  const isColored = entropy && color && isTerminal && process.env["NO_COLOR"] === undefined;
  return { paint: entropyPaint(isColored), isColored };
}

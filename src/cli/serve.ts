/** `aepo serve`: a trained policy, or any model, behind OpenAI's API. */
import { basename } from "node:path";
import { Command } from "commander";
import { z } from "zod";
import { type DialectName, dialectNames, dialectOf } from "../envs/dialects/list.ts";
import { checkAccess } from "../serve/access.ts";
import { canChat, type ServedModel } from "../serve/served-model.ts";
import { startServer } from "../serve/server.ts";
import { templateDialect } from "../serve/template-dialect.ts";
import { systemClock } from "../std/clock.ts";
import { AepoError, messageOf } from "../std/errors.ts";
import { policySchema } from "../train/config.ts";
import { readConfig } from "../train/config-source.ts";
import { openPolicy } from "../train/open.ts";
import { fetchHubModel } from "./download.ts";
import { interruptSignal } from "./interrupt.ts";
import { runTask } from "./run-task.ts";
import { type CommonOptions, printJson, withCommonOptions } from "./options.ts";

const serveSchema = z.strictObject({
  seed: z.int().nonnegative().default(1).describe("Requests without a seed draw theirs from this."),
  policy: policySchema,
  serve: z
    .strictObject({
      maxOpen: z.int().positive().default(256).describe("Answers that are drawn or wait at a time."),
      defaultTokens: z.int().positive().default(1024).describe("New tokens of a chat request that names no number."),
    })
    .prefault({}),
});

interface ServeCommandOptions extends CommonOptions {
  readonly host: string;
  readonly port: string;
  readonly name?: string;
  readonly dialect: string;
}

export function serveCommand(): Command {
  const command = new Command("serve")
    .description("serve a policy or a model behind OpenAI's API: /v1/models, /v1/completions, /v1/chat/completions")
    .argument(
      "<model>",
      "run folder (its best checkpoint), checkpoint or model folder, GGUF file, hf://… or bundled:NAME",
    )
    .option("--host <host>", "address to listen on; beyond this machine an API key is required", "127.0.0.1")
    .option("--port <n>", "port to listen on; 0: any that is free", "8080")
    .option("--name <name>", "what clients call the model (default: the last part of its path)")
    .option(
      "--dialect <name>",
      `how the model writes calls of tools: ${dialectNames.join(", ")}, none (calls stay text), or auto: what a run was trained on, else what its chat template writes`,
      "auto",
    )
    .addHelpText(
      "after",
      `
Examples:
  $ aepo serve runs/english                                       then, in another terminal:
  $ curl http://127.0.0.1:8080/v1/completions -H 'content-type: application/json' \\
      -d '{"prompt": "Question: ", "max_tokens": 64, "stream": true}'
  $ AEPO_API_KEY=… aepo serve model.gguf --host 0.0.0.0           for other machines
  $ aepo serve hf://Qwen/Qwen3-0.6B --set policy.slots=16          calls of tools come back as tool_calls
The key is taken from the environment variable AEPO_API_KEY. With --json the first line of stdout says where the server is.
Settings: policy.slots, policy.cacheTokens, policy.threads, policy.device, serve.maxOpen, serve.defaultTokens.`,
    );
  return withCommonOptions(command).action(serve);
}

async function serve(checkpoint: string, options: ServeCommandOptions): Promise<void> {
  const overrides = [...options.set, ...(options.seed === undefined ? [] : [`seed=${options.seed}`])];
  const text = JSON.stringify({ policy: { checkpoint } });
  const config = readConfig({ name: "serve", text, overrides }, serveSchema);
  const { host } = options;
  const port = portOf(options.port);
  const dialect = dialectOption(options.dialect);
  const apiKey = process.env["AEPO_API_KEY"] ?? null;
  checkAccess({ host, apiKey });
  await fetchHubModel(checkpoint);
  const { signal, release } = interruptSignal();
  const { policy, tokenizer, close } = await openPolicy(config.policy).catch((thrown: unknown) => {
    release();
    throw thrown;
  });
  try {
    signal.throwIfAborted();
    const now = (): number => Math.floor(Date.parse(systemClock.timestamp()) / 1000);
    const spoken = dialect === "auto" ? (trainedDialect(checkpoint) ?? templateDialect(tokenizer)) : dialect;
    const model: ServedModel = {
      id: options.name ?? basename(checkpoint),
      policy,
      tokenizer,
      dialect: spoken === null ? null : dialectOf(spoken),
      contextTokens: Math.min(policy.info.maxSequenceTokens, config.policy.cacheTokens),
      defaultTokens: config.serve.defaultTokens,
      seed: config.seed,
      created: now(),
    };
    const report = (thrown: unknown): void => void process.stderr.write(`aepo: ${messageOf(thrown)}\n`);
    const { maxOpen } = config.serve;
    const server = await startServer({ model, host, port, apiKey, maxOpen, now, report });
    if (options.json === true) printJson({ url: server.url, model: model.id, dialect: spoken });
    process.stderr.write(`${model.id} (${policy.info.description})\n${abilities(model)}\n`);
    process.stderr.write(`served at ${server.url}/v1; Ctrl-C ends it\n`);
    await ended(signal);
    await server.close();
  } finally {
    await close();
    release();
  }
  throw signal.reason;
}

function abilities({ tokenizer, dialect }: ServedModel): string {
  if (!canChat(tokenizer)) return "no chat template: /v1/completions only";
  return dialect === null
    ? "calls of tools stay text (--dialect)"
    : `calls of tools are read as ${dialect.name} writes them`;
}

/** What a run's task taught it to write. */
function trainedDialect(checkpoint: string): DialectName | null {
  const task = runTask(checkpoint);
  return task !== null && "dialect" in task ? task.dialect : null;
}

function dialectOption(text: string): DialectName | "auto" | null {
  if (text === "auto") return text;
  if (text === "none") return null;
  const name = dialectNames.find((one) => one === text);
  if (name !== undefined) return name;
  throw new AepoError("usage", `--dialect ${text}: no such dialect`, {
    expected: ["auto", "none", ...dialectNames].join(", "),
  });
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new AepoError("usage", `--port ${text}`, { expected: "an integer from 0 to 65535" });
}

function ended(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

/** `aepo serve`: a trained policy, or any model, behind OpenAI's API. */
import { basename } from "node:path";
import { Command } from "commander";
import { z } from "zod";
import { startServer } from "../serve/server.ts";
import { systemClock } from "../std/clock.ts";
import { AepoError, messageOf } from "../std/errors.ts";
import { policySchema } from "../train/config.ts";
import { readConfig } from "../train/config-source.ts";
import { openPolicy } from "../train/open.ts";
import { interruptSignal } from "./interrupt.ts";
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
    .addHelpText(
      "after",
      `
Examples:
  $ aepo serve runs/english                                       then, in another terminal:
  $ curl http://127.0.0.1:8080/v1/completions -H 'content-type: application/json' \\
      -d '{"prompt": "Question: ", "max_tokens": 64, "stream": true}'
  $ AEPO_API_KEY=… aepo serve model.gguf --host 0.0.0.0           for other machines
  $ aepo serve hf://HuggingFaceTB/SmolLM2-135M-Instruct --set policy.slots=16
The key is taken from the environment variable AEPO_API_KEY. With --json the first line of stdout says where the server is.
Settings: policy.slots, policy.cacheTokens, policy.threads, policy.device, serve.maxOpen, serve.defaultTokens.`,
    );
  return withCommonOptions(command).action(serve);
}

async function serve(checkpoint: string, options: ServeCommandOptions): Promise<void> {
  const overrides = [...options.set, ...(options.seed === undefined ? [] : [`seed=${options.seed}`])];
  const text = JSON.stringify({ policy: { checkpoint } });
  const config = readConfig({ name: "serve", text, overrides }, serveSchema);
  const port = portOf(options.port);
  const now = (): number => Math.floor(Date.parse(systemClock.timestamp()) / 1000);
  const { signal, release } = interruptSignal();
  const { policy, tokenizer, close } = await openPolicy(config.policy);
  try {
    const model = {
      id: options.name ?? basename(checkpoint),
      policy,
      tokenizer,
      contextTokens: Math.min(policy.info.maxSequenceTokens, config.policy.cacheTokens),
      defaultTokens: config.serve.defaultTokens,
      seed: config.seed,
      created: now(),
    };
    const report = (thrown: unknown): void => void process.stderr.write(`aepo: ${messageOf(thrown)}\n`);
    const apiKey = process.env["AEPO_API_KEY"] ?? null;
    const server = await startServer({
      model,
      host: options.host,
      port,
      apiKey,
      maxOpen: config.serve.maxOpen,
      now,
      report,
    });
    if (options.json === true) printJson({ url: server.url, model: model.id });
    process.stderr.write(`${model.id} (${policy.info.description})\nserved at ${server.url}/v1; Ctrl-C ends it\n`);
    await ended(signal);
    await server.close();
  } finally {
    await close();
    release();
  }
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

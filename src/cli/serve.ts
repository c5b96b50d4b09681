/** `aepo serve`: a trained policy, or any model, behind an API that others speak. */
import { Command } from "commander";
import { dialectNames } from "../envs/dialects/list.ts";
import { fetchHubModel } from "./download.ts";
import { interruptSignal } from "./interrupt.ts";
import { printJson, withCommonOptions } from "./options.ts";
import { openAiServing } from "./serve-openai.ts";
import {
  type Protocol,
  protocolOf,
  type ServeCommandOptions,
  type ServeSource,
  serveSource,
  type Serving,
} from "./serve-options.ts";
import { tinkerServing } from "./serve-tinker.ts";

const SERVINGS: Readonly<Record<Protocol, (source: ServeSource) => (signal: AbortSignal) => Promise<Serving>>> = {
  openai: openAiServing,
  tinker: tinkerServing,
};

export function serveCommand(): Command {
  const command = new Command("serve")
    .description("serve a policy or a model: behind OpenAI's API, or to be trained over the Tinker protocol")
    .argument(
      "<model>",
      "run folder (its best checkpoint), checkpoint or model folder, GGUF file, hf://… or bundled:NAME",
    )
    .option(
      "--protocol <name>",
      "openai: /v1/models, /v1/completions, /v1/chat/completions; tinker: clients train adapters beside the model and sample them",
      "openai",
    )
    .option("--host <host>", "address to listen on; beyond this machine an API key is required", "127.0.0.1")
    .option("--port <n>", "port to listen on; 0: any that is free", "8080")
    .option(
      "--name <name>",
      "what clients call the model (default: the last part of its path; with tinker the path itself)",
    )
    .option(
      "--dialect <name>",
      `openai: how the model writes calls of tools: ${dialectNames.join(", ")}, none (calls stay text), or auto: what a run was trained on, else what its chat template writes (default: auto)`,
    )
    .option(
      "--allow-lora <folder>",
      "openai: clients may load LoRA adapters from below this folder while it runs (/v1/load_lora_adapter), e.g. for aepo eval --adapter",
    )
    .option("--checkpoints <folder>", "tinker: where clients' checkpoints go (default: tinker-checkpoints)")
    .addHelpText(
      "after",
      `
Examples:
  $ aepo serve runs/english                                       then, in another terminal:
  $ curl http://127.0.0.1:8080/v1/completions -H 'content-type: application/json' \\
      -d '{"prompt": "Question: ", "max_tokens": 64, "stream": true}'
  $ AEPO_API_KEY=… aepo serve model.gguf --host 0.0.0.0           for other machines
  $ aepo serve hf://Qwen/Qwen3-0.6B --set policy.slots=16          calls of tools come back as tool_calls
  $ aepo serve hf://Qwen/Qwen3-0.6B --allow-lora runs              then: aepo eval runs/lora-1 --server http://127.0.0.1:8080 --adapter
  $ aepo serve hf://Qwen/Qwen3-0.6B --protocol tinker              then, with the official SDK of Tinker:
  $ TINKER_BASE_URL=http://127.0.0.1:8080 TINKER_API_KEY=tml-local python train.py
The key is taken from the environment variable AEPO_API_KEY. With --json the first line of stdout says where the server is.
Settings: policy.slots, policy.cacheTokens, policy.threads, policy.device; openai: serve.maxOpen, serve.defaultTokens, serve.loras;
tinker: serve.reduction, serve.alpha, serve.models, serve.loraRank, serve.sessionSeconds.`,
    );
  return withCommonOptions(command).action(serve);
}

async function serve(checkpoint: string, options: ServeCommandOptions): Promise<void> {
  const start = SERVINGS[protocolOf(options.protocol)](serveSource(checkpoint, options));
  await fetchHubModel(checkpoint);
  const { signal, release } = interruptSignal();
  try {
    const serving = await start(signal);
    try {
      if (options.json === true) printJson(serving.json);
      process.stderr.write(`${serving.lines.join("\n")}\n`);
      await ended(signal);
    } finally {
      await serving.close();
    }
  } finally {
    release();
  }
  throw signal.reason;
}

function ended(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

/** `aepo download`: a model of the Hub into the cache; and the same, with its display, for commands that open one. */
import { Command } from "commander";
import { downloadModel } from "../models/hub/download-model.ts";
import { isHubSpec } from "../models/hub/spec.ts";
import { downloadDisplay } from "../report/download-progress.ts";
import { systemClock } from "../std/clock.ts";
import { interruptSignal } from "./interrupt.ts";
import { printJson } from "./options.ts";

export function downloadCommand(): Command {
  return new Command("download")
    .description("fetch a model from the Hugging Face Hub into the cache, and print where it is")
    .argument("<model>", "hf://owner/name, with @revision or /file.gguf where needed")
    .option("--json", "print one line of JSON on stdout")
    .addHelpText(
      "after",
      `
Examples:
  $ aepo download hf://Qwen/Qwen3-0.6B                     its folder: config, tokenizer, chat template, safetensors
  $ aepo download hf://Qwen/Qwen3-0.6B@c1899de             a branch, a tag or a commit
  $ aepo download hf://Qwen/Qwen3-0.6B-GGUF/Qwen3-0.6B-Q8_0.gguf
  $ aepo train RECIPE --set policy.checkpoint=hf://Qwen/Qwen3-0.6B    fetches it where it is not there yet

Stopped, it goes on where it was. The cache is that of Python's libraries: what they fetched is found, and the other way round.
Environment: HF_TOKEN (private and gated models), HF_HOME (the cache is HF_HOME/hub), HF_HUB_OFFLINE=1 (only the cache),
HF_ENDPOINT (another Hub).`,
    )
    .action(async (model: string, options: { readonly json?: boolean }) => {
      const path = await fetchModel(model);
      if (options.json === true) printJson({ model, path });
      else process.stdout.write(`${path}\n`);
    });
}

/** Fetches a model that is on the Hub, with a display, before a command opens it; other names are left alone. */
export async function fetchHubModel(checkpoint: string | undefined): Promise<void> {
  if (checkpoint !== undefined && isHubSpec(checkpoint)) await fetchModel(checkpoint);
}

async function fetchModel(model: string): Promise<string> {
  const display = downloadDisplay({ stream: process.stderr, clock: systemClock });
  const { signal, release } = interruptSignal();
  try {
    return await downloadModel(model, { signal, onProgress: display.progress, onNotice: display.notice });
  } finally {
    display.done();
    release();
  }
}

/** `aepo download`: a model of the Hub into the cache; and the same, with its display, for commands that open one. */
import { Command } from "commander";
import { downloadModel } from "../models/hub/download-model.ts";
import type { HubOptions } from "../models/hub/session.ts";
import { downloadDataset } from "../models/hub/download-dataset.ts";
import { isDatasetSpec, isHubSpec } from "../models/hub/spec.ts";
import { isRowFile } from "../data/open-rows.ts";
import { downloadDisplay } from "../report/download-progress.ts";
import { systemClock } from "../std/clock.ts";
import { interruptSignal } from "./interrupt.ts";
import { printJson } from "./options.ts";

export function downloadCommand(): Command {
  return new Command("download")
    .description("fetch a model or a data set from the Hugging Face Hub into the cache, and print where it is")
    .argument("<model>", "hf://owner/name or hf://datasets/owner/name, with @revision or /file where needed")
    .option("--json", "print one line of JSON on stdout")
    .addHelpText(
      "after",
      `
Examples:
  $ aepo download hf://Qwen/Qwen3-0.6B                     its folder: config, tokenizer, chat template, safetensors
  $ aepo download hf://Qwen/Qwen3-0.6B@c1899de             a branch, a tag or a commit
  $ aepo download hf://Qwen/Qwen3-0.6B-GGUF/Qwen3-0.6B-Q8_0.gguf
  $ aepo download 'hf://datasets/openai/gsm8k/main/train-*'    files of a data set
  $ aepo train RECIPE --set policy.checkpoint=hf://Qwen/Qwen3-0.6B    fetches it where it is not there yet

Stopped, it goes on where it was. The cache is that of Python's libraries: what they fetched is found, and the other way round.
Environment: HF_TOKEN (private and gated models), HF_HOME (the cache is HF_HOME/hub), HF_HUB_OFFLINE=1 (only the cache),
HF_ENDPOINT (another Hub).`,
    )
    .action(async (model: string, options: { readonly json?: boolean }) => {
      if (isDatasetSpec(model)) {
        const paths = await fetchDataset(model);
        if (options.json === true) printJson({ dataset: model, paths });
        else process.stdout.write(paths.map((path) => `${path}\n`).join(""));
        return;
      }
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
  return withDisplay((hub) => downloadModel(model, hub));
}

async function fetchDataset(dataset: string): Promise<readonly string[]> {
  return withDisplay(async (hub) => (await downloadDataset(dataset, isRowFile, hub)).paths);
}

async function withDisplay<T>(download: (hub: HubOptions) => Promise<T>): Promise<T> {
  const display = downloadDisplay({ stream: process.stderr, clock: systemClock });
  const { signal, release } = interruptSignal();
  try {
    return await download({ signal, onProgress: display.progress, onNotice: display.notice });
  } finally {
    display.done();
    release();
  }
}

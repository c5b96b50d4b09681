/**
 * A trained policy as files that other programs load: a Hugging Face folder (transformers, vLLM, …), a GGUF file (llama.cpp),
 * or the adapters alone (PEFT). Nothing is written over: the target must not exist.
 */
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { ChatTokenizer } from "../chat/chat-tokenizer.ts";
import { type ExportFormat, writeGgufFile } from "../models/gguf/write-gguf.ts";
import { WEIGHTS } from "../policy/adaptation.ts";
import { modelConfigToJson } from "../policy/config-json.ts";
import { parameterCount } from "../policy/parameters.ts";
import { ADAPTER, ADAPTER_CONFIG } from "../policy/peft.ts";
import { safetensorsPieces } from "../policy/safetensors-write.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import { writeFileAtomic } from "../run/atomic.ts";
import { writeBlobAtomic } from "../run/blob-files.ts";
import { withFileErrors } from "../run/failures.ts";
import { readJournal } from "../run/journal.ts";
import { runLayout } from "../run/layout.ts";
import { makeFolder } from "../run/make-folder.ts";
import type { MetricRecord } from "../run/records.ts";
import { AepoError } from "../std/errors.ts";
import { checkpointFolder, modelStore } from "../train/checkpoint-folder.ts";
import { type OpenModel, openModel } from "../train/open-model.ts";
import { modelCard } from "./model-card.ts";

export const EXPORT_TARGETS = ["hf", "gguf", "lora"] as const;
export type ExportTarget = (typeof EXPORT_TARGETS)[number];

export interface ExportOptions {
  /** Run folder (its best checkpoint), checkpoint folder, GGUF file or `bundled:NAME`. */
  readonly model: string;
  readonly to: ExportTarget;
  /** A folder (hf, lora) or a file (gguf). */
  readonly out: string;
  /** Of a GGUF file's matrices. */
  readonly format: ExportFormat;
}

/** Returns the paths written, the model's first. */
export async function exportModel(options: ExportOptions): Promise<string[]> {
  if (existsSync(options.out)) {
    throw new AepoError("usage", `${options.out} exists already`, { fix: "choose another --out, or remove it" });
  }
  switch (options.to) {
    case "hf":
      return exportFolder(options);
    case "gguf":
      return exportGguf(options);
    case "lora":
      return exportAdapters(options);
  }
}

async function exportFolder({ model, out }: ExportOptions): Promise<string[]> {
  const opened = await openModel(model);
  try {
    withFileErrors("make", out, () => makeFolder(out));
    const written = [join(out, WEIGHTS)];
    await writeBlobAtomic(join(out, WEIGHTS), safetensorsPieces(opened.tensors));
    const files = {
      "config.json": modelConfigToJson(opened.config),
      ...opened.tokenizer.files(),
      "README.md": cardOf(model, opened, basename(resolve(out)), "A Hugging Face folder (float32)."),
    };
    for (const [name, text] of Object.entries(files)) {
      writeFileAtomic(join(out, name), text);
      written.push(join(out, name));
    }
    return written;
  } finally {
    await opened.tensors.close();
  }
}

async function exportGguf({ model, out, format }: ExportOptions): Promise<string[]> {
  const opened = await openModel(model);
  try {
    const { config, tensors, source, tokenizer } = opened;
    withFileErrors("make", dirname(out), () => makeFolder(dirname(resolve(out))));
    const name = basename(out).replace(/\.gguf$/i, "");
    await writeGgufFile(out, { config, tensors, source, tokenizer: tokenizerFiles(tokenizer), format, name });
    const card = `${out.replace(/\.gguf$/i, "")}.README.md`;
    writeFileAtomic(card, cardOf(model, opened, name, `A GGUF file (${format}) for llama.cpp.`));
    return [out, card];
  } finally {
    await opened.tensors.close();
  }
}

/** The adapters as they are in the checkpoint: in PEFT's own files. */
async function exportAdapters({ model, out }: ExportOptions): Promise<string[]> {
  const folder = checkpointFolder(model);
  if (!existsSync(join(folder, ADAPTER_CONFIG))) {
    throw new AepoError("usage", `${model} has no adapters to export`, {
      expected: "a run or checkpoint trained with policy.lora",
      fix: "export the whole model with --to hf or --to gguf",
    });
  }
  const opened = await openModel(model);
  await opened.tensors.close();
  const store = modelStore(model);
  withFileErrors("make", out, () => makeFolder(out));
  await writeBlobAtomic(join(out, ADAPTER), await store.read(ADAPTER));
  await writeBlobAtomic(join(out, ADAPTER_CONFIG), await store.read(ADAPTER_CONFIG));
  const files = {
    ...opened.tokenizer.files(),
    "README.md": cardOf(model, opened, basename(resolve(out)), "LoRA adapters in PEFT's format."),
  };
  for (const [name, text] of Object.entries(files)) writeFileAtomic(join(out, name), text);
  return [ADAPTER, ADAPTER_CONFIG, ...Object.keys(files)].map((name) => join(out, name));
}

function tokenizerFiles(tokenizer: Tokenizer): ChatTokenizer["source"] {
  if ("source" in tokenizer) return (tokenizer as ChatTokenizer).source;
  throw new AepoError("usage", "a policy of one token a word has no form in GGUF", {
    fix: "export it with --to hf: transformers reads its tokenizer",
  });
}

function cardOf(model: string, { config }: OpenModel, name: string, files: string): string {
  const layout = runLayout(model);
  const isRun = existsSync(layout.config) && existsSync(layout.metrics);
  const millions = (parameterCount(config) / 1e6).toFixed(1);
  return modelCard({
    name,
    files,
    model: `${config.model_type}, ${config.num_hidden_layers} layers, width ${config.hidden_size}, ${millions}M parameters`,
    run: isRun
      ? { config: readFileSync(layout.config, "utf8"), metrics: readJournal<MetricRecord>(layout.metrics) }
      : null,
    checkpoint: basename(resolve(model)),
  });
}

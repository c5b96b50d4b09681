/**
 * A model by its name in a recipe, whatever files it is in: a folder (a run's checkpoint, a model of Hugging Face) or a GGUF
 * file. Adapters are folded into the weights of the model they stand beside.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { chatTokenizer } from "../chat/chat-tokenizer.ts";
import { openGguf } from "../models/gguf/open-gguf.ts";
import { type ClosableReader, WEIGHTS } from "../policy/adaptation.ts";
import type { ModelConfig } from "../policy/config.ts";
import { modelConfigFromFields, modelConfigFromJson } from "../policy/config-json.ts";
import { ADAPTER_CONFIG } from "../policy/peft.ts";
import type { BlobStore } from "../policy/policy.ts";
import { openSafetensors } from "../policy/safetensors.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import { wordTokenizerFromJson } from "../policy/word-tokenizer.ts";
import { AepoError, messageOf } from "../std/errors.ts";
import type { JsonObject } from "../std/json.ts";
import { adaptedTensors } from "./adapted-model.ts";
import { checkpointFolder, modelStore } from "./checkpoint-folder.ts";

export interface OpenModel {
  readonly config: ModelConfig;
  readonly tokenizer: Tokenizer;
  /** The caller closes it. */
  readonly tensors: ClosableReader;
  /** Of the tensors, for messages. */
  readonly source: string;
}

export async function openModel(checkpoint: string): Promise<OpenModel> {
  if (isGguf(checkpoint)) return openGgufModel(checkpoint);
  const store = modelStore(checkpoint);
  const config = modelConfigFromJson(await readText(store, "config.json"));
  const tokenizer = await folderTokenizer(store);
  return { config, tokenizer, tensors: await modelTensors(checkpoint, config), source: WEIGHTS };
}

function isGguf(checkpoint: string): boolean {
  return checkpoint.toLowerCase().endsWith(".gguf");
}

async function openGgufModel(path: string): Promise<OpenModel> {
  const files = await openGguf(path);
  if (files.tokenizer === null) {
    await files.tensors.close();
    throw new AepoError("policy", `${path} has no tokenizer`, { expected: "a model with tokenizer.ggml.model" });
  }
  const { source, tensors } = files;
  return { config: modelConfigFromFields(files.config), tokenizer: chatTokenizer(files.tokenizer), tensors, source };
}

/** The weights of a checkpoint: its own, or its adapters folded into those of the model they stand beside. */
async function modelTensors(checkpoint: string, config: ModelConfig): Promise<ClosableReader> {
  if (isGguf(checkpoint)) return (await openGguf(checkpoint)).tensors;
  const store = modelStore(checkpoint);
  if (existsSync(join(checkpointFolder(checkpoint), ADAPTER_CONFIG))) {
    return adaptedTensors(store, config, (base) => modelTensors(base, config));
  }
  return openSafetensors(await store.open(WEIGHTS), WEIGHTS);
}

/** One token a word where the file says so, else a pretrained model's. */
async function folderTokenizer(store: BlobStore): Promise<Tokenizer> {
  const text = await readText(store, "tokenizer.json");
  const tokenizer = parse(text, "tokenizer.json");
  const model = tokenizer["model"];
  const type = typeof model === "object" && model !== null && "type" in model ? model["type"] : undefined;
  if (type === "WordLevel") return wordTokenizerFromJson(text);
  const config = await readText(store, "tokenizer_config.json").catch(() => "{}");
  return chatTokenizer({ tokenizer, config: parse(config, "tokenizer_config.json") });
}

async function readText(store: BlobStore, name: string): Promise<string> {
  return new TextDecoder().decode(await store.read(name));
}

function parse(text: string, name: string): JsonObject {
  try {
    const json = JSON.parse(text) as JsonObject | null;
    if (typeof json === "object" && json !== null) return json;
  } catch (thrown) {
    throw new AepoError("policy", `${name} is not JSON: ${messageOf(thrown)}`, { cause: thrown });
  }
  throw new AepoError("policy", `${name} is not an object`, { exists: text.slice(0, 40) });
}

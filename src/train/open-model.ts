/**
 * A model by its name in a recipe, whatever files it is in: a folder (a run's checkpoint, a model of Hugging Face), a GGUF file
 * or a name on the Hub. Adapters are folded into the weights of the model they stand beside.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { chatTokenizer } from "../chat/chat-tokenizer.ts";
import type { TokenizerFiles } from "../chat/tokenizer-files.ts";
import { openGguf } from "../models/gguf/open-gguf.ts";
import { downloadModel } from "../models/hub/download-model.ts";
import { isHubSpec } from "../models/hub/spec.ts";
import { openHuggingFaceFolder } from "../models/hugging-face/open-folder.ts";
import type { ModelFiles } from "../models/model-files.ts";
import { type ClosableReader, WEIGHTS } from "../policy/adaptation.ts";
import { BASE_MODEL } from "../policy/base-model.ts";
import type { ModelConfig } from "../policy/config.ts";
import { modelConfigFromFields, modelConfigFromJson } from "../policy/config-json.ts";
import { ADAPTER_CONFIG } from "../policy/peft.ts";
import type { BlobStore } from "../policy/policy.ts";
import { openSafetensors } from "../policy/safetensors.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import { REMOTE } from "../remote/policy/checkpoint/remote-checkpoint.ts";
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
  const files = await foreignFiles(checkpoint);
  if (files !== null) return ofFiles(files);
  const store = modelStore(checkpoint);
  const config = modelConfigFromJson(await readText(store, "config.json"));
  const tokenizer = await storedTokenizer(store);
  return { config, tokenizer, tensors: await modelTensors(checkpoint, config), source: WEIGHTS };
}

/** The files of a model in a form that others write, too; null for a run's checkpoint and for adapters. */
async function foreignFiles(checkpoint: string): Promise<ModelFiles | null> {
  if (isHubSpec(checkpoint)) return foreignFiles(await downloadModel(checkpoint));
  if (checkpoint.toLowerCase().endsWith(".gguf")) return openGguf(checkpoint);
  const folder = checkpointFolder(checkpoint);
  refuseServers(folder);
  const isOurs = ["manifest.json", BASE_MODEL].some((name) => existsSync(join(folder, name)));
  return isOurs ? null : openHuggingFaceFolder(folder);
}

/** A checkpoint of a policy on a server may have no weights here. */
function refuseServers(folder: string): void {
  if (!existsSync(join(folder, REMOTE)) || existsSync(join(folder, ADAPTER_CONFIG))) return;
  throw new AepoError("config", `${folder} was trained on a server, which has its weights`, {
    exists: `${REMOTE}, their address there`,
    fix: "train with policy.downloadAdapters: true, which keeps the adapter in checkpoints, too",
  });
}

async function ofFiles({ source, config, tensors, tokenizer }: ModelFiles): Promise<OpenModel> {
  try {
    if (tokenizer === null) {
      throw new AepoError("policy", `${source} has no tokenizer`, {
        expected: "tokenizer.json in a model's folder, tokenizer.ggml.model in a GGUF file",
      });
    }
    return { config: modelConfigFromFields(config), tokenizer: tokenizerOf(tokenizer), tensors, source };
  } catch (thrown) {
    await tensors.close();
    throw thrown;
  }
}

/** The weights of a checkpoint: its own, or its adapters folded into those of the model they stand beside. */
async function modelTensors(checkpoint: string, config: ModelConfig): Promise<ClosableReader> {
  const files = await foreignFiles(checkpoint);
  if (files !== null) return files.tensors;
  const store = modelStore(checkpoint);
  if (existsSync(join(checkpointFolder(checkpoint), ADAPTER_CONFIG))) {
    return adaptedTensors(store, config, (base) => modelTensors(base, config));
  }
  return openSafetensors(await store.open(WEIGHTS), WEIGHTS);
}

async function storedTokenizer(store: BlobStore): Promise<Tokenizer> {
  const tokenizer = parse(await readText(store, "tokenizer.json"), "tokenizer.json");
  const config = await readText(store, "tokenizer_config.json").catch(() => "{}");
  return tokenizerOf({ tokenizer, config: parse(config, "tokenizer_config.json") });
}

/** One token a word where the files say so, else a pretrained model's. */
export function tokenizerOf(files: TokenizerFiles): Tokenizer {
  const model = files.tokenizer["model"];
  const type = typeof model === "object" && model !== null && "type" in model ? model["type"] : undefined;
  return type === "WordLevel" ? wordTokenizerFromJson(JSON.stringify(files.tokenizer)) : chatTokenizer(files);
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

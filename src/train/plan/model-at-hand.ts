/** What is known of a recipe's model without opening it: its sizes for certain, its tokenizer where that is here, too. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryCache } from "../../models/hub/cache.ts";
import { downloadModel } from "../../models/hub/download-model.ts";
import { hubEnvironment } from "../../models/hub/environment.ts";
import { isHubSpec, parseHubSpec } from "../../models/hub/spec.ts";
import type { ModelConfig } from "../../policy/config.ts";
import { modelConfigFromJson } from "../../policy/config-json.ts";
import type { Tokenizer } from "../../policy/tokenizer.ts";
import { withFileErrors } from "../../run/failures.ts";
import { AepoError, messageOf } from "../../std/errors.ts";
import { checkpointFolder } from "../checkpoint-folder.ts";
import { openModel } from "../open-model.ts";

export interface ModelAtHand {
  readonly config: ModelConfig;
  readonly tokenizer: Tokenizer | null;
  /** What is missing to start the run, or null. */
  readonly missing: string | null;
}

export async function modelAtHand(checkpoint: string): Promise<ModelAtHand> {
  if (isHubSpec(checkpoint)) return hubModel(checkpoint);
  if (checkpoint.toLowerCase().endsWith(".gguf")) return wholeModel(checkpoint);
  const folder = checkpointFolder(checkpoint);
  const bare = existsSync(join(folder, "config.json")) && !hasWeights(folder);
  return bare ? bareModel(folder, `${folder} has no weights yet`) : wholeModel(checkpoint);
}

async function hubModel(name: string): Promise<ModelAtHand> {
  const cached = await downloadModel(name, { offline: true }).catch((thrown: unknown) => {
    if (thrown instanceof AepoError) return null;
    throw thrown;
  });
  if (cached !== null) return wholeModel(cached);
  const missing = `${name} is not on this machine: aepo download ${name}`;
  const spec = parseHubSpec(name);
  const cache = repositoryCache(hubEnvironment().cache, spec);
  const commit = await cache.readRef(spec.revision);
  const folder = commit === null ? null : cache.snapshot(commit);
  if (folder !== null && existsSync(join(folder, "config.json"))) return bareModel(folder, missing);
  throw new AepoError("config", `${name} is not on this machine, not even its config.json`, {
    expected: "at least the model's config.json, in the cache or in a folder that the recipe names",
    fix: `fetch it (aepo download ${name}), or plan with a folder that holds its config.json`,
  });
}

async function wholeModel(checkpoint: string): Promise<ModelAtHand> {
  const { config, tokenizer, tensors } = await openModel(checkpoint);
  await tensors.close();
  return { config, tokenizer, missing: null };
}

function bareModel(folder: string, missing: string): ModelAtHand {
  const path = join(folder, "config.json");
  const text = withFileErrors("read", path, () => readFileSync(path, "utf8"));
  try {
    return { config: modelConfigFromJson(text), tokenizer: null, missing };
  } catch (thrown) {
    throw new AepoError("config", `${path}: ${messageOf(thrown)}`, { cause: thrown });
  }
}

function hasWeights(folder: string): boolean {
  const names = ["model.safetensors", "model.safetensors.index.json", "adapter_model.safetensors"];
  return names.some((name) => existsSync(join(folder, name)));
}

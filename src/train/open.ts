/** Opens what a run works with: the runtime, the policy with its weights, the tokenizer that belongs to them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openRuntime } from "../engine/runtime/node.ts";
import type { ModelConfig } from "../policy/config.ts";
import { modelConfigFromJson } from "../policy/config-json.ts";
import { type ClosableReader, WEIGHTS } from "../policy/adaptation.ts";
import { embeddedPolicy, type NewAdapters, type WeightsOrigin } from "../policy/embedded.ts";
import { ADAPTER_CONFIG } from "../policy/peft.ts";
import type { BlobStore, Policy } from "../policy/policy.ts";
import { openSafetensors } from "../policy/safetensors.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import { wordTokenizer, wordTokenizerFromJson } from "../policy/word-tokenizer.ts";
import { folderStore } from "../run/blob-files.ts";
import { listCheckpoints, openCheckpoint } from "../run/checkpoint.ts";
import { runLayout } from "../run/layout.ts";
import { AepoError } from "../std/errors.ts";
import { adaptedTensors } from "./adapted-model.ts";
import type { PolicyOptions } from "./config.ts";

export interface OpenPolicy {
  readonly policy: Policy;
  readonly tokenizer: Tokenizer;
  close(): Promise<void>;
}

type EngineOptions = Omit<PolicyOptions, "checkpoint">;

/** Opens the policy of a checkpoint; weights only, as the start of a new run. `seed`: of new adapters. */
export async function openPolicy(options: PolicyOptions, seed = 0): Promise<OpenPolicy> {
  const store = modelStore(options.checkpoint);
  const decoder = new TextDecoder();
  const config = modelConfigFromJson(decoder.decode(await store.read("config.json")));
  const tokenizer = wordTokenizerFromJson(decoder.decode(await store.read("tokenizer.json")));
  const tensors = await modelTensors(options.checkpoint, config);
  const origin = { tensors, source: WEIGHTS };
  const base = options.checkpoint;
  return start(options, config, tokenizer, origin, { seed, base }).finally(() => tensors.close());
}

/** The weights of a checkpoint: its own, or its adapters folded into those of the model they stand beside. */
async function modelTensors(checkpoint: string, config: ModelConfig): Promise<ClosableReader> {
  const store = modelStore(checkpoint);
  if (existsSync(join(checkpointFolder(checkpoint), ADAPTER_CONFIG))) {
    return adaptedTensors(store, config, (base) => modelTensors(base, config));
  }
  return openSafetensors(await store.open(WEIGHTS), WEIGHTS);
}

/** Makes a policy from scratch for a task's vocabulary. */
export async function newPolicy(
  options: EngineOptions,
  model: Omit<ModelConfig, "vocab_size">,
  vocabulary: readonly string[],
  seed: number,
): Promise<OpenPolicy> {
  const tokenizer = wordTokenizer(vocabulary);
  return start(options, { ...model, vocab_size: tokenizer.vocabularySize }, tokenizer, { seed }, { seed, base: null });
}

async function start(
  options: EngineOptions,
  config: ModelConfig,
  tokenizer: Tokenizer,
  origin: WeightsOrigin,
  adapters: Omit<NewAdapters, "lora">,
): Promise<OpenPolicy> {
  const threads = options.threads ?? availableParallelism();
  const runtime = await openRuntime({ device: options.device, threads });
  const { microBatchTokens, slots, cacheTokens, lora } = options;
  const recompute = options.recompute === "always";
  const sizes = { microBatchTokens, slots, cacheTokens };
  const policy = await embeddedPolicy({
    runtime,
    config,
    ...sizes,
    adapters: lora === undefined ? null : { ...adapters, lora },
    recompute,
    ...origin,
  });
  return {
    policy,
    tokenizer,
    async close() {
      await policy.dispose();
      await runtime.close();
    },
  };
}

/** Blobs of `bundled:NAME`, a run folder or a checkpoint folder. */
export function modelStore(checkpoint: string): BlobStore {
  const folder = checkpointFolder(checkpoint);
  if (existsSync(join(folder, "manifest.json"))) return openCheckpoint(folder).store;
  return folderStore(folder);
}

const BUNDLED = fileURLToPath(new URL("../../checkpoints/", import.meta.url));

/** Folder that holds `config.json`, `model.safetensors` and `tokenizer.json`. */
export function checkpointFolder(checkpoint: string): string {
  const folder = checkpoint.startsWith("bundled:") ? bundledFolder(checkpoint.slice(8)) : checkpoint;
  if (!existsSync(folder)) {
    throw new AepoError("config", `no checkpoint at ${folder}`, {
      expected: `bundled:NAME (${bundledNames().join(", ")}), a run folder or a checkpoint folder`,
    });
  }
  const { checkpoints } = runLayout(folder);
  if (!existsSync(checkpoints)) return folder;
  const name = bestCheckpoint(checkpoints);
  if (name === undefined) {
    throw new AepoError("config", `the run ${folder} has no checkpoint yet`, {
      fix: "let it finish one step, or give another checkpoint",
    });
  }
  return join(checkpoints, name);
}

function bundledFolder(name: string): string {
  if (bundledNames().includes(name)) return join(BUNDLED, name);
  throw new AepoError("config", `no bundled checkpoint "${name}"`, { exists: bundledNames().join(", ") || "none" });
}

function bundledNames(): string[] {
  return existsSync(BUNDLED) ? readdirSync(BUNDLED).sort() : [];
}

/** The checkpoint with the best held-out Pass@1 that is still there, else the last. */
function bestCheckpoint(root: string): string | undefined {
  const names = listCheckpoints(root);
  const last = names.at(-1);
  if (last === undefined) return undefined;
  const manifest = JSON.parse(readFileSync(join(root, last, "manifest.json"), "utf8")) as {
    state: { best: { step: number } | null };
  };
  const best = manifest.state.best;
  return names.find((name) => best !== null && Number(name.slice(5)) === best.step) ?? last;
}

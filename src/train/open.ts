/** Opens what a run works with: the runtime, the policy with its weights, the tokenizer that belongs to them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openRuntime } from "../engine/runtime/node.ts";
import type { ModelConfig } from "../policy/config.ts";
import { modelConfigFromJson } from "../policy/config-json.ts";
import { embeddedPolicy, type WeightsOrigin } from "../policy/embedded.ts";
import type { BlobStore, Policy } from "../policy/policy.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import { wordTokenizer, wordTokenizerFromJson } from "../policy/word-tokenizer.ts";
import { readBytes } from "../run/atomic.ts";
import { listCheckpoints, openCheckpoint } from "../run/checkpoint.ts";
import { runLayout } from "../run/layout.ts";
import { AepoError } from "../std/errors.ts";
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
  return start(options, config, tokenizer, { weights: await store.read("model.safetensors") }, seed);
}

/** Makes a policy from scratch for a task's vocabulary. */
export async function newPolicy(
  options: EngineOptions,
  model: Omit<ModelConfig, "vocab_size">,
  vocabulary: readonly string[],
  seed: number,
): Promise<OpenPolicy> {
  const tokenizer = wordTokenizer(vocabulary);
  return start(options, { ...model, vocab_size: tokenizer.vocabularySize }, tokenizer, { seed }, seed);
}

async function start(
  options: EngineOptions,
  config: ModelConfig,
  tokenizer: Tokenizer,
  origin: WeightsOrigin,
  seed: number,
): Promise<OpenPolicy> {
  const threads = options.threads ?? availableParallelism();
  const runtime = await openRuntime({ device: options.device, threads });
  const { microBatchTokens, slots, cacheTokens, lora } = options;
  const adapters = lora === undefined ? null : { lora, seed };
  const recompute = options.recompute === "always";
  const sizes = { microBatchTokens, slots, cacheTokens };
  const policy = await embeddedPolicy({ runtime, config, ...sizes, adapters, recompute, ...origin });
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
  return {
    write: () => Promise.reject(new AepoError("run", `the model folder ${folder} is read-only`)),
    read: (name) => readBytes(join(folder, name)),
  };
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

/**
 * The embedded engine: the policy contract on top of a Runtime. It owns the weights; samplers and snapshots hold the sets
 * they were made with. The runtime belongs to the caller and outlives the policy.
 */
import type { Runtime } from "../engine/runtime/runtime.ts";
import { AepoError } from "../std/errors.ts";
import { everyParameter } from "./adaptation.ts";
import { checkedModelConfig, INITIALISATION_ONLY, type ModelConfig } from "./config.ts";
import { modelConfigFromJson, modelConfigToJson } from "./config-json.ts";
import { ValueHead } from "./critic/value-head-learner.ts";
import { DecodePools } from "./decode-pools.ts";
import { describe, type EmbeddedFrozen, frozen, type Shared } from "./embedded-frozen.ts";
import type { ForestRunner } from "./forest-runner.ts";
import { checkTrees, Learner } from "./learner.ts";
import { startAdapters, uploadBase } from "./loaded-base.ts";
import type { Lora } from "./lora.ts";
import type { BlobStore, Critic, Policy } from "./policy.ts";
import { Programs } from "./programs.ts";
import { readSafetensors } from "./safetensors.ts";
import type { TokenBytes } from "./stop-texts.ts";
import { checkModelTensors, initialReader, readerOf, type TensorReader } from "./tensor-reader.ts";

export interface EmbeddedOptions {
  readonly runtime: Runtime;
  readonly config: ModelConfig;
  /** Most unique tokens of one forward and backward. */
  readonly microBatchTokens?: number;
  /** Most sequences decoded together. */
  readonly slots?: number;
  /** Tokens whose keys and values the cache of one sampler holds. */
  readonly cacheTokens?: number;
  /** Train adapters and leave the weights as they are. */
  readonly adapters?: NewAdapters | null;
  /** Compute blocks again in the backward pass instead of keeping them: less memory, a third more work. */
  readonly recompute?: boolean;
  /** Put a value head on the trunk (B-PPO), saved and loaded with the policy. */
  readonly valueHead?: boolean;
  /** The bytes each token stands for; without them requests have no stop texts. */
  readonly tokenBytes?: TokenBytes;
}

export interface NewAdapters {
  readonly lora: Lora;
  /** What they start from. */
  readonly seed: number;
  /** What checkpoints call the model they stand beside. */
  readonly base?: string | null;
}

/** The embedded policy, and a window on its gradient for tests and diagnosis. */
export interface EmbeddedPolicy extends Omit<Policy, "openSampler">, EmbeddedFrozen {
  /** The accumulated gradient of every parameter. */
  readonly learner: Learner;
  readonly valueHead: ValueHead | null;
}

/** Where the weights come from: a seed, the bytes of a model.safetensors, or any reader, named for messages. */
export type WeightsOrigin =
  | { readonly seed: number }
  | { readonly weights: Uint8Array }
  | { readonly tensors: TensorReader; readonly source: string };

/** Throws if the weights do not fit the config. */
export async function embeddedPolicy(options: EmbeddedOptions & WeightsOrigin): Promise<EmbeddedPolicy> {
  const shared = sharedParts(options);
  const { runner } = shared;
  const weights = await openWeights(runner.config, options);
  const learner = await startLearner(runner, weights, options.adapters ?? null);
  const valueHead = options.valueHead === true ? await ValueHead.start(runner) : null;
  const policy = learningPolicy(shared, learner, valueHead);
  return {
    ...policy,
    async dispose() {
      await policy.dispose();
      shared.pools.dispose();
    },
  };
}

/** What all policies of a model share, before there are weights. */
export function sharedParts(options: EmbeddedOptions): Shared {
  const { runtime, microBatchTokens = 2048, slots = 64, cacheTokens = 32_768, recompute = false } = options;
  const config = checkedModelConfig(options.config);
  const lora = options.adapters?.lora ?? null;
  return {
    runner: { config, programs: new Programs(runtime), microBatchTokens, lora, recompute },
    slots,
    pools: new DecodePools(runtime, config, cacheTokens),
    info: describe(config, runtime),
    ...(options.tokenBytes === undefined ? {} : { tokenBytes: options.tokenBytes }),
  };
}

/** The contract on top of a learner; what is shared stays when it is disposed of. */
export function learningPolicy(shared: Shared, learner: Learner, valueHead: ValueHead | null): EmbeddedPolicy {
  const { config } = shared.runner;
  return {
    ...frozen(shared, () => learner.weights),
    learner,
    valueHead,
    ...(valueHead === null ? {} : { critic: criticOf(valueHead, learner, config) }),
    async accumulate(trees, loss, temperature) {
      if (loss.value === undefined) return learner.accumulate(trees, loss, temperature);
      if (valueHead === null) throw noValueHead();
      return learner.accumulate(trees, loss, temperature, valueHead);
    },
    step: (step) => learner.step(step),
    async save(store) {
      await valueHead?.save(store);
      await learner.save(store);
      await store.write("config.json", new TextEncoder().encode(modelConfigToJson(config)));
    },
    async load(store) {
      await checkStoredConfig(config, store);
      const useValueHead = await valueHead?.open(store);
      await learner.load(store);
      useValueHead?.();
    },
    async snapshot() {
      const weights = learner.weights.retain();
      return {
        ...frozen(shared, () => weights),
        dispose: async () => weights.release(),
      };
    },
    async dispose() {
      valueHead?.dispose();
      learner.dispose();
    },
  };
}

/** The value head reads what is sampled from: with adapters, the weights they are merged into. */
function criticOf(head: ValueHead, learner: Learner, config: ModelConfig): Critic {
  return {
    async values(trees) {
      checkTrees(trees, config);
      return head.values(trees, learner.weights);
    },
    async accumulate(trees, loss) {
      checkTrees(trees, config);
      return head.accumulate(trees, loss, learner.weights);
    },
    step: (step) => head.step(step),
  };
}

function noValueHead(): AepoError {
  return new AepoError("policy", "this loss trains a value head (B-PPO), and the policy was opened without one", {
    fix: "open it with `valueHead: true`",
  });
}

/** Where the numbers come from, checked. */
export async function openWeights(config: ModelConfig, origin: WeightsOrigin): Promise<TensorReader> {
  if ("seed" in origin) return initialReader(config, origin.seed);
  const source = "source" in origin ? origin.source : "model.safetensors";
  const reader = "tensors" in origin ? origin.tensors : readerOf(readSafetensors(origin.weights, source).tensors);
  await checkModelTensors(config, reader, source);
  return reader;
}

async function startLearner(
  runner: ForestRunner,
  weights: TensorReader,
  adapters: NewAdapters | null,
): Promise<Learner> {
  const { config, programs } = runner;
  if (adapters === null) return Learner.start(runner, everyParameter(config), weights);
  const base = await uploadBase(programs.runtime, config, weights, adapters.base ?? null);
  return startAdapters(runner, base, adapters.lora, adapters.seed);
}

/** Equal shapes do not make equal models: the constants must agree too. */
async function checkStoredConfig(config: ModelConfig, store: BlobStore): Promise<void> {
  const stored = modelConfigFromJson(new TextDecoder().decode(await store.read("config.json")));
  const fields = Object.keys(stored) as (keyof ModelConfig)[];
  const different = fields.filter(
    (field) => !INITIALISATION_ONLY.has(field) && JSON.stringify(stored[field]) !== JSON.stringify(config[field]),
  );
  if (different.length === 0) return;
  const show = (of: ModelConfig): string =>
    different.map((field) => `${field} ${JSON.stringify(of[field])}`).join(", ");
  throw new AepoError("policy", "the checkpoint was made by another model", {
    expected: show(config),
    exists: show(stored),
  });
}

/** Opens what a run works with: the runtime, the policy with its weights, the tokenizer that belongs to them. */
import { availableParallelism } from "node:os";
import { openRuntime } from "../engine/runtime/node.ts";
import type { ModelConfig } from "../policy/config.ts";
import { embeddedPolicy, type NewAdapters, type WeightsOrigin } from "../policy/embedded.ts";
import type { Policy } from "../policy/policy.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import { wordTokenizer } from "../policy/word-tokenizer.ts";
import type { PolicyOptions } from "./config.ts";
import { openModel } from "./open-model.ts";

export interface OpenPolicy {
  readonly policy: Policy;
  readonly tokenizer: Tokenizer;
  close(): Promise<void>;
}

type EngineOptions = Omit<PolicyOptions, "checkpoint">;

/** Opens the policy of a checkpoint; weights only, as the start of a new run. `seed`: of new adapters. */
export async function openPolicy(options: PolicyOptions, seed = 0): Promise<OpenPolicy> {
  const { config, tokenizer, tensors, source } = await openModel(options.checkpoint);
  const base = options.checkpoint;
  return start(options, config, tokenizer, { tensors, source }, { seed, base }).finally(() => tensors.close());
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
    tokenBytes: (id) => tokenizer.bytes(id),
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

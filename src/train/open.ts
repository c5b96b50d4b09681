/** Opens what a run works with: the runtime, the policy with its weights, the tokenizer that belongs to them. */
import { availableParallelism } from "node:os";
import { openRuntime } from "../engine/runtime/node.ts";
import type { ModelConfig } from "../policy/config.ts";
import { type EmbeddedPolicy, embeddedPolicy, type WeightsOrigin } from "../policy/embedded.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import { wordTokenizer } from "../policy/word-tokenizer.ts";
import type { PolicyOptions } from "./config.ts";
import { checkedMemory, type Workload } from "./memory-plan.ts";
import { openModel } from "./open-model.ts";

export interface OpenPolicy {
  readonly policy: EmbeddedPolicy;
  readonly tokenizer: Tokenizer;
  /** Whether training computes layers again. */
  readonly recompute: boolean;
  close(): Promise<void>;
}

/** What a policy is opened to be trained on; without it only for sampling and scoring. */
export interface Training extends Workload {
  /** Of new adapters. */
  readonly seed: number;
  /** Whether a value head is trained beside it (default: no). */
  readonly valueHead?: boolean;
}

type EngineOptions = Omit<PolicyOptions, "checkpoint">;

/** Opens the policy of a checkpoint; weights only, as the start of a new run. Refuses training that memory does not hold. */
export async function openPolicy(options: PolicyOptions, training: Training | null = null): Promise<OpenPolicy> {
  const { config, tokenizer, tensors, source } = await openModel(options.checkpoint);
  const origin = { tensors, source };
  return start(options, config, tokenizer, origin, training).finally(() => tensors.close());
}

/** Makes a policy from scratch for a task's vocabulary. */
export async function newPolicy(
  options: EngineOptions,
  model: Omit<ModelConfig, "vocab_size">,
  vocabulary: readonly string[],
  training: Training,
): Promise<OpenPolicy> {
  const tokenizer = wordTokenizer(vocabulary);
  const config = { ...model, vocab_size: tokenizer.vocabularySize };
  return start(options, config, tokenizer, { seed: training.seed }, training);
}

async function start(
  options: EngineOptions & { readonly checkpoint?: string },
  config: ModelConfig,
  tokenizer: Tokenizer,
  origin: WeightsOrigin,
  training: Training | null,
): Promise<OpenPolicy> {
  const recompute = training !== null && checkedMemory(config, options, training).recompute;
  const threads = options.threads ?? availableParallelism();
  const runtime = await openRuntime({ device: options.device, threads });
  const { microBatchTokens, slots, cacheTokens, lora } = options;
  const sizes = { microBatchTokens, slots, cacheTokens };
  const policy = await embeddedPolicy({
    runtime,
    config,
    ...sizes,
    adapters: lora === undefined ? null : { lora, seed: training?.seed ?? 0, base: options.checkpoint ?? null },
    recompute,
    valueHead: training?.valueHead ?? false,
    tokenBytes: (id) => tokenizer.bytes(id),
    ...origin,
  });
  return {
    policy,
    tokenizer,
    recompute,
    async close() {
      await policy.dispose();
      await runtime.close();
    },
  };
}

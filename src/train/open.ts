/** Opens what a run works with: the runtime, the policy with its weights, the tokenizer that belongs to them. */
import { availableParallelism } from "node:os";
import { openRuntime } from "../engine/runtime/node.ts";
import type { ModelConfig } from "../policy/config.ts";
import { type EmbeddedPolicy, embeddedPolicy, type WeightsOrigin } from "../policy/embedded.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import { wordTokenizer } from "../policy/word-tokenizer.ts";
import { checkedMemory } from "./memory-plan.ts";
import { openModel } from "./open-model.ts";
import { openRemote } from "./open-remote.ts";
import type { OpenPolicy, Training } from "./opened-policy.ts";
import type { AnyPolicyOptions, PolicyOptions } from "./policy-options.ts";

/** A policy inside this process: what chat and serving need. */
export interface OpenEmbedded extends OpenPolicy {
  readonly policy: EmbeddedPolicy;
}

type EngineOptions = Omit<PolicyOptions, "checkpoint">;

/**
 * Opens the policy of a checkpoint, weights only, as the start of a new run; refuses training that memory does not hold. Or a fresh
 * adapter on a server.
 */
export function openPolicy(options: PolicyOptions, training?: Training | null): Promise<OpenEmbedded>;
export function openPolicy(options: AnyPolicyOptions, training?: Training | null): Promise<OpenPolicy>;
export async function openPolicy(options: AnyPolicyOptions, training: Training | null = null): Promise<OpenPolicy> {
  if (options.engine === "tinker") return openRemote(options, training);
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
): Promise<OpenEmbedded> {
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
): Promise<OpenEmbedded> {
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
    chosen: { recompute: recompute ? "always" : "never" },
    async close() {
      await policy.dispose();
      await runtime.close();
    },
  };
}

/** What a run is to take of this machine's memory: its needs by the recipe, the limit, and the choice between them. */
import type { ModelConfig } from "../policy/config.ts";
import { checkFits, chooseRecompute, type MemoryChoice, type MemoryLimit } from "../policy/memory/choose-recompute.ts";
import type { MemoryNeeds } from "../policy/memory/predict-memory.ts";
import { availableMemoryBytes } from "../run/machine.ts";
import type { PolicyOptions } from "./config.ts";

type EngineOptions = Omit<PolicyOptions, "checkpoint">;

/** What of a run decides how much memory it takes. */
export interface Workload {
  /** Tokens of the longest path. */
  readonly sequenceTokens: number;
  /** Whether it samples beside training. */
  readonly samples: boolean;
  /** Whether it keeps the policy it started from as a reference (default: no). */
  readonly reference?: boolean;
}

/** Of what is free: other programs want some, too. */
const USABLE_SHARE = 0.9;

export function memoryNeeds(
  config: ModelConfig,
  policy: EngineOptions,
  { sequenceTokens, samples, reference = false }: Workload,
): Omit<MemoryNeeds, "recompute"> {
  const { lora = null, microBatchTokens, slots, cacheTokens } = policy;
  const longest = Math.min(sequenceTokens, config.max_position_embeddings);
  return {
    config,
    lora,
    microBatchTokens: Math.max(microBatchTokens, longest),
    sequenceTokens: longest,
    reference,
    sampling: samples ? { slots, cacheTokens } : null,
  };
}

/** Null: on a device whose memory is not this machine's. */
export function memoryLimit({ device, memoryGiB }: EngineOptions): MemoryLimit | null {
  if (memoryGiB !== undefined) return { bytes: memoryGiB * 2 ** 30, source: "policy.memoryGiB" };
  if (device !== "cpu") return null;
  const share = `${USABLE_SHARE * 100} % of what is free on this machine`;
  return { bytes: USABLE_SHARE * availableMemoryBytes(), source: share };
}

/** Throws if the run does not fit. */
export function checkedMemory(config: ModelConfig, policy: EngineOptions, workload: Workload): MemoryChoice {
  const choice = chooseMemory(config, policy, workload);
  checkFits(memoryNeeds(config, policy, workload), choice);
  return choice;
}

export function chooseMemory(config: ModelConfig, policy: EngineOptions, workload: Workload): MemoryChoice {
  return chooseRecompute(memoryNeeds(config, policy, workload), policy.recompute, memoryLimit(policy));
}

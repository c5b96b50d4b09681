/** The model that a server trains adapters of, as it is here: what its numbers are compared with. */
import type { Runtime } from "../../../src/engine/runtime/runtime.ts";
import { fingerprintingReader } from "../../../src/policy/base-model.ts";
import type { ModelConfig } from "../../../src/policy/config.ts";
import { type EmbeddedPolicy, embeddedPolicy } from "../../../src/policy/embedded.ts";
import type { Lora } from "../../../src/policy/lora.ts";
import { parameterShapes } from "../../../src/policy/parameters.ts";
import { initialReader } from "../../../src/policy/tensor-reader.ts";
import { openModel } from "../../../src/train/open-model.ts";
import type { LocalBase } from "../../../src/remote/policy/options.ts";

export interface LocalModel {
  readonly base: LocalBase;
  /** The embedded engine with fresh adapters beside it. */
  adapt(runtime: Runtime, lora: Lora): Promise<EmbeddedPolicy>;
}

export async function modelOfFolder(folder: string): Promise<LocalModel> {
  const { config, tensors } = await openModel(folder);
  return localModel(folder, config, tensors);
}

/** Random weights, as a test's own server has them. */
export async function modelOfSeed(name: string, config: ModelConfig, seed: number): Promise<LocalModel> {
  return localModel(name, config, { ...initialReader(config, seed), close: async () => undefined });
}

type Weights = Awaited<ReturnType<typeof openModel>>["tensors"];

/** Small models alone: all of the weights are kept. */
async function localModel(checkpoint: string, config: ModelConfig, weights: Weights): Promise<LocalModel> {
  const reader = fingerprintingReader(config, weights);
  const kept = new Map<string, Float32Array>();
  for (const { name } of parameterShapes(config)) kept.set(name, await reader.read(name));
  await weights.close();
  const tensors = { shapes: weights.shapes, read: async (name: string) => kept.get(name) ?? new Float32Array() };
  return {
    base: { checkpoint, config, fingerprint: reader.fingerprint() ?? "" },
    adapt: (runtime, lora) =>
      embeddedPolicy({
        runtime,
        config,
        tensors,
        source: checkpoint,
        adapters: { lora, seed: 1, base: checkpoint },
        microBatchTokens: 512,
        slots: 8,
        cacheTokens: 512,
      }),
  };
}

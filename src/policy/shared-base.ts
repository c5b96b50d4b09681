/**
 * Many policies of adapters beside one model: its weights are on the device once, and so are the pools that samplers borrow.
 * Each policy has its own adapters and optimiser, and the weights these make with the base.
 */
import { lowRankAdapters, openAdapters as openPeftAdapters } from "./adaptation.ts";
import { BASE_MODEL } from "./base-model.ts";
import type { ModelConfig } from "./config.ts";
import {
  type EmbeddedOptions,
  type EmbeddedPolicy,
  learningPolicy,
  openWeights,
  sharedParts,
  type WeightsOrigin,
} from "./embedded.ts";
import { type EmbeddedFrozen, frozen, requestLimits, type Shared } from "./embedded-frozen.ts";
import { startAdapters, uploadBase } from "./loaded-base.ts";
import { adapterShapes, type Lora } from "./lora.ts";
import { ADAPTER_CONFIG, loraFromAdapterConfig } from "./peft.ts";
import type { BlobStore, PolicyInfo } from "./policy.ts";
import { Programs } from "./programs.ts";
import type { RequestLimits } from "./sample-request.ts";
import { uploadAll, WeightSet } from "./weights.ts";

export interface SharedBase {
  readonly config: ModelConfig;
  readonly info: PolicyInfo;
  /** What requests to sample are bounded by. */
  readonly limits: RequestLimits;
  /** The model as it is, without adapters. */
  readonly bare: Omit<EmbeddedFrozen, "dispose">;
  /** A policy of new adapters; the base outlives it. */
  adapt(lora: Lora, seed: number): Promise<EmbeddedPolicy>;
  /** Adapters to sample and score with: those that a policy of this base has saved, or PEFT's; refuses those that name another base. */
  openAdapters(store: BlobStore): Promise<EmbeddedFrozen>;
  /** When all policies of it are disposed of. */
  dispose(): Promise<void>;
}

/** `checkpoint`: what checkpoints of adapters call the model. */
export async function sharedBase(
  options: Omit<EmbeddedOptions, "adapters" | "valueHead"> & WeightsOrigin & { readonly checkpoint: string | null },
): Promise<SharedBase> {
  const shared = sharedParts(options);
  const { config, programs } = shared.runner;
  const { runtime } = programs;
  const base = await uploadBase(runtime, config, await openWeights(config, options), options.checkpoint);
  const held = (): typeof base => ({ ...base, weights: base.weights.retain() });
  const byLora = new Map<string, Shared>();
  const partsOf = (lora: Lora): Shared => {
    const key = JSON.stringify(lora);
    const known = byLora.get(key);
    if (known !== undefined) return known;
    // Graphs of other adapters are other programs under the same names.
    const parts = { ...shared, runner: { ...shared.runner, lora, programs: new Programs(runtime) } };
    byLora.set(key, parts);
    return parts;
  };
  return {
    config,
    info: shared.info,
    limits: requestLimits(shared),
    bare: frozen(shared, () => base.weights),
    async adapt(lora, seed) {
      const parts = partsOf(lora);
      return learningPolicy(parts, await startAdapters(parts.runner, held(), lora, seed), null);
    },
    async openAdapters(store) {
      const lora = loraFromAdapterConfig(new TextDecoder().decode(await store.read(ADAPTER_CONFIG)));
      const named = await store.read(BASE_MODEL).then(
        () => true,
        () => false,
      );
      const parts = partsOf(lora);
      const adaptation = lowRankAdapters(config, lora, held(), parts.runner.programs);
      try {
        const reader = await (named ? adaptation.load(store) : openPeftAdapters(config, lora, store));
        const uploading = uploadAll(runtime, adapterShapes(config, lora), reader).finally(() => reader.close());
        const adapters = new WeightSet(runtime, await uploading);
        const weights = await adaptation.sampled(adapters).finally(() => adapters.release());
        return { ...frozen(parts, () => weights), dispose: async () => weights.release() };
      } finally {
        adaptation.dispose();
      }
    },
    async dispose() {
      base.weights.release();
      shared.pools.dispose();
    },
  };
}

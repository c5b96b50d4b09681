/** The model that adapters stand beside: uploaded once, however many stand beside it. */
import type { Runtime } from "../engine/runtime/runtime.ts";
import { type LoadedBase, lowRankAdapters } from "./adaptation.ts";
import { fingerprintingReader } from "./base-model.ts";
import type { ModelConfig } from "./config.ts";
import type { ForestRunner } from "./forest-runner.ts";
import { Learner } from "./learner.ts";
import { adapterShapes, initialAdapters, type Lora } from "./lora.ts";
import { parameterShapes } from "./parameters.ts";
import { readerOf, type TensorReader } from "./tensor-reader.ts";
import { uploadAll, WeightSet } from "./weights.ts";

/** The caller is the holder of its weights. `checkpoint`: what checkpoints of adapters call it. */
export async function uploadBase(
  runtime: Runtime,
  config: ModelConfig,
  weights: TensorReader,
  checkpoint: string | null,
): Promise<LoadedBase> {
  const reader = fingerprintingReader(config, weights);
  const tensors = await uploadAll(runtime, parameterShapes(config), reader);
  return { weights: new WeightSet(runtime, tensors), checkpoint, fingerprint: reader.fingerprint() ?? "" };
}

/** New adapters beside a base, one hold on which is taken over. */
export function startAdapters(runner: ForestRunner, base: LoadedBase, lora: Lora, seed: number): Promise<Learner> {
  const { config, programs } = runner;
  const values = initialAdapters(config, lora, seed);
  const initial = adapterShapes(config, lora).map(
    ({ name, shape }) => [name, { shape, data: values.get(name) ?? new Float32Array() }] as const,
  );
  return Learner.start(runner, lowRankAdapters(config, lora, base, programs), readerOf(new Map(initial)));
}

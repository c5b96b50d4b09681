/**
 * What training changes of a model: all its parameters, or adapters beside frozen ones. Either is a record of functions, so
 * the learner knows no difference: trained tensors go into forward, backward and optimiser; what is sampled from is an
 * ordinary set of the model's parameters.
 */
import { AepoError } from "../std/errors.ts";
import { BASE_MODEL, type BaseModel, baseModelFromJson, baseModelToJson, checkBaseModel } from "./base-model.ts";
import type { ModelConfig } from "./config.ts";
import { adapterShapes, type Lora, LORA_TARGETS } from "./lora.ts";
import { mergeGraph } from "./merge-graph.ts";
import { type ParameterShape, parameterShapes } from "./parameters.ts";
import { ADAPTER, ADAPTER_CONFIG, adapterConfigToJson, loraFromAdapterConfig, peftName, peftNameBack } from "./peft.ts";
import type { BlobStore } from "./policy.ts";
import type { Programs } from "./programs.ts";
import { openSafetensors } from "./safetensors.ts";
import { safetensorsPieces } from "./safetensors-write.ts";
import { checkModelTensors, checkShapes, renamedReader, type TensorReader } from "./tensor-reader.ts";
import { WeightSet } from "./weights.ts";

export interface Adaptation {
  /** What is trained; the order of gradients and optimiser state. */
  readonly trained: readonly ParameterShape[];
  /** The model's weights as they are now, for sampling and for the training graph; the caller is their holder. */
  sampled(trained: WeightSet): Promise<WeightSet>;
  save(trained: TensorReader, store: BlobStore): Promise<void>;
  /** The trained tensors of a checkpoint, checked. */
  load(store: BlobStore): Promise<ClosableReader>;
  dispose(): void;
}

export interface ClosableReader extends TensorReader {
  close(): Promise<void>;
}

export const WEIGHTS = "model.safetensors";

/** Full training. */
export function everyParameter(config: ModelConfig): Adaptation {
  return {
    trained: parameterShapes(config),
    sampled: async (trained) => trained.retain(),
    save: (trained, store) => store.write(WEIGHTS, safetensorsPieces(trained)),
    async load(store) {
      const file = await openSafetensors(await store.open(WEIGHTS), WEIGHTS);
      return checked(file, () => checkModelTensors(config, file, WEIGHTS));
    },
    dispose: () => {},
  };
}

/** The model that adapters stand beside, on the device. */
export interface LoadedBase extends BaseModel {
  readonly weights: WeightSet;
}

/** LoRA: `base` is frozen (one hold on it is taken over), sampling reads weights with the adapters merged in. */
export function lowRankAdapters(config: ModelConfig, lora: Lora, base: LoadedBase, programs: Programs): Adaptation {
  const { weights } = base;
  const shapes = adapterShapes(config, lora);
  return {
    trained: shapes,
    async sampled({ tensors }) {
      const program = await programs.get(`merge ${JSON.stringify(lora)}`, () => mergeGraph(config, lora));
      const { device } = await programs.run(program, { ...weights.tensors, ...tensors }, () => true);
      return new WeightSet(programs.runtime, device, weights);
    },
    save: (trained, store) => saveAdapters(trained, lora, base, store),
    async load(store) {
      const text = async (name: string): Promise<string> => new TextDecoder().decode(await store.read(name));
      checkSameAdapters(loraFromAdapterConfig(await text(ADAPTER_CONFIG)), lora);
      checkBaseModel(baseModelFromJson(await text(BASE_MODEL)), base);
      return openAdapters(config, lora, store);
    },
    dispose: () => weights.release(),
  };
}

/** The files of adapters: those of PEFT, and what they stand beside. */
async function saveAdapters(trained: TensorReader, lora: Lora, base: BaseModel, store: BlobStore): Promise<void> {
  const { checkpoint, fingerprint } = base;
  const encoder = new TextEncoder();
  const files = renamedReader(trained, peftName);
  await store.write(ADAPTER, safetensorsPieces(files));
  await store.write(ADAPTER_CONFIG, encoder.encode(adapterConfigToJson(lora, checkpoint)));
  await store.write(BASE_MODEL, encoder.encode(baseModelToJson({ checkpoint, fingerprint })));
}

/** The adapters of PEFT's file under our names, checked. */
export async function openAdapters(config: ModelConfig, lora: Lora, store: BlobStore): Promise<ClosableReader> {
  const file = await openSafetensors(await store.open(ADAPTER), ADAPTER);
  const reader = { ...renamedReader(file, peftNameBack), close: () => file.close() };
  return checked(reader, () => checkShapes(adapterShapes(config, lora), reader, [...reader.shapes.keys()], ADAPTER));
}

function checkSameAdapters(found: Lora, wanted: Lora): void {
  const show = ({ rank, alpha, targets }: Lora): string =>
    `rank ${rank}, alpha ${alpha}, targets ${LORA_TARGETS.filter((target) => targets.includes(target)).join(", ")}`;
  if (show(found) === show(wanted)) return;
  throw new AepoError("policy", "the checkpoint holds other adapters", {
    expected: show(wanted),
    exists: show(found),
    fix: "resume with the policy.lora they were made with, or start a new run from them (policy.checkpoint)",
  });
}

/** The reader if the check passes; else it is closed. */
async function checked<R extends ClosableReader>(reader: R, check: () => void | Promise<void>): Promise<R> {
  try {
    await check();
    return reader;
  } catch (thrown) {
    await reader.close();
    throw thrown;
  }
}

/**
 * What training changes of a model: all its parameters, or adapters beside frozen ones. Either is a record of functions, so
 * the learner knows no difference: trained tensors go into forward, backward and optimiser; what is sampled from is an
 * ordinary set of the model's parameters.
 */
import type { ModelConfig } from "./config.ts";
import { adapterShapes, type Lora } from "./lora.ts";
import { mergeGraph } from "./merge-graph.ts";
import { type ParameterShape, parameterShapes } from "./parameters.ts";
import { adapterConfigToJson, peftName, peftNameBack } from "./peft.ts";
import type { BlobStore } from "./policy.ts";
import type { Programs } from "./programs.ts";
import { type NamedTensor, readSafetensors, writeSafetensors } from "./safetensors.ts";
import { checkModelTensors, checkShapes, readerOf, type TensorReader } from "./tensor-reader.ts";
import { type DeviceTensors, WeightSet } from "./weights.ts";

export interface Adaptation {
  /** What is trained; the order of gradients and optimiser state. */
  readonly trained: readonly ParameterShape[];
  /** Further inputs of the training graph. */
  readonly frozen: DeviceTensors;
  /** Weights to sample from; the caller is their holder. */
  sampled(trained: WeightSet): Promise<WeightSet>;
  save(tensors: ReadonlyMap<string, NamedTensor>, store: BlobStore): Promise<void>;
  load(store: BlobStore): Promise<TensorReader>;
  dispose(): void;
}

const WEIGHTS = "model.safetensors";
const ADAPTER = "adapter_model.safetensors";

/** Full training. */
export function everyParameter(config: ModelConfig): Adaptation {
  return {
    trained: parameterShapes(config),
    frozen: {},
    sampled: async (trained) => trained.retain(),
    save: (tensors, store) => store.write(WEIGHTS, writeSafetensors(tensors)),
    async load(store) {
      const reader = readerOf(readSafetensors(await store.read(WEIGHTS), WEIGHTS).tensors);
      await checkModelTensors(config, reader, WEIGHTS);
      return reader;
    },
    dispose: () => {},
  };
}

/** LoRA: `base` is frozen (one hold on it is taken over), sampling reads weights with the adapters merged in. */
export function lowRankAdapters(config: ModelConfig, lora: Lora, base: WeightSet, programs: Programs): Adaptation {
  const shapes = adapterShapes(config, lora);
  return {
    trained: shapes,
    frozen: base.tensors,
    async sampled({ tensors }) {
      const program = await programs.get(`merge ${JSON.stringify(lora)}`, () => mergeGraph(config, lora));
      const { device } = await programs.run(program, { ...base.tensors, ...tensors }, () => true);
      return new WeightSet(programs.runtime, device, base);
    },
    async save(tensors, store) {
      const named = [...tensors].map(([name, tensor]) => [peftName(name), tensor] as const);
      await store.write(ADAPTER, writeSafetensors(new Map(named)));
      await store.write("adapter_config.json", new TextEncoder().encode(adapterConfigToJson(lora)));
    },
    async load(store) {
      const found = readSafetensors(await store.read(ADAPTER), ADAPTER).tensors;
      const reader = readerOf(new Map([...found].map(([name, tensor]) => [peftNameBack(name), tensor])));
      checkShapes(shapes, reader, [...reader.shapes.keys()], ADAPTER);
      return reader;
    },
    dispose: () => base.release(),
  };
}

/**
 * Parameters on the device. A set never changes: an optimiser step makes a new one, so samplers and snapshots keep what
 * they started with at no cost. Counted references say when the memory goes back.
 */
import type { DeviceTensor, Runtime } from "../engine/runtime/runtime.ts";
import { AepoError } from "../std/errors.ts";
import type { ModelConfig } from "./config.ts";
import { elements, EMBEDDING, initialParameters, OUTPUT, parameterShapes } from "./parameters.ts";
import { type NamedTensor, readSafetensors } from "./safetensors.ts";

export type DeviceTensors = Readonly<Record<string, DeviceTensor>>;

export class WeightSet {
  readonly tensors: DeviceTensors;
  private readonly runtime: Runtime;
  private holders = 1;

  /** The maker is the first holder. */
  constructor(runtime: Runtime, tensors: DeviceTensors) {
    this.runtime = runtime;
    this.tensors = tensors;
  }

  retain(): this {
    this.holders++;
    return this;
  }

  release(): void {
    this.holders--;
    if (this.holders === 0) this.runtime.free(...Object.values(this.tensors));
  }
}

/** New weights from a seed, or those of a safetensors file. */
export function startingWeights(
  config: ModelConfig,
  origin: { readonly seed: number } | { readonly weights: Uint8Array },
): ReadonlyMap<string, NamedTensor> {
  if ("weights" in origin)
    return matchedTensors(config, readSafetensors(origin.weights, "model.safetensors").tensors, "model.safetensors");
  const values = initialParameters(config, origin.seed);
  return new Map(
    parameterShapes(config).map(({ name, shape }) => [name, { shape, data: values.get(name) ?? new Float32Array() }]),
  );
}

/** The tensors of the model in its own order. Throws if one is missing, has another shape, or does not belong to it. */
export function matchedTensors(
  config: ModelConfig,
  found: ReadonlyMap<string, NamedTensor>,
  source: string,
): ReadonlyMap<string, NamedTensor> {
  const wanted = new Map(parameterShapes(config).map(({ name, shape }) => [name, shape]));
  for (const [name, tensor] of found) {
    if (wanted.has(name) || isTiedCopy(config, name, tensor, found)) continue;
    throw new AepoError("policy", `${source}: the model of config.json has no tensor "${name}"`, {
      exists: `${wanted.size} tensors, ${[...wanted.keys()].slice(0, 3).join(", ")} …`,
      fix: "use the config.json that belongs to these weights",
    });
  }
  return new Map(
    [...wanted].map(([name, shape]) => {
      const tensor = found.get(name);
      if (tensor?.shape.join() === shape.join()) return [name, tensor];
      throw new AepoError(
        "policy",
        `${source}: tensor "${name}" ${tensor === undefined ? "is missing" : "has another shape"}`,
        {
          expected: `[${shape.join(", ")}]`,
          ...(tensor === undefined ? {} : { exists: `[${tensor.shape.join(", ")}]` }),
          fix: "use the config.json that belongs to these weights",
        },
      );
    }),
  );
}

/** Some files store tied output weights a second time; equal ones are harmless. */
function isTiedCopy(
  config: ModelConfig,
  name: string,
  { data }: NamedTensor,
  found: ReadonlyMap<string, NamedTensor>,
): boolean {
  if (name !== OUTPUT || !config.tie_word_embeddings) return false;
  const embedding = found.get(EMBEDDING)?.data;
  return embedding?.length === data.length && data.every((x, i) => x === embedding[i]);
}

/** Uploads under `rename(name)`. */
export async function uploadAll(
  runtime: Runtime,
  tensors: ReadonlyMap<string, NamedTensor>,
  rename: (name: string) => string = (name) => name,
): Promise<DeviceTensors> {
  const entries: [string, DeviceTensor][] = [];
  for (const [name, { shape, data }] of tensors)
    entries.push([rename(name), await runtime.upload({ dtype: "f32", shape, data })]);
  return Object.fromEntries(entries);
}

/** Zeros in the shapes of the parameters, under `rename(name)`. */
export function uploadZeros(
  runtime: Runtime,
  config: ModelConfig,
  rename: (name: string) => string,
): Promise<DeviceTensors> {
  const zeros = parameterShapes(config).map(
    ({ name, shape }) => [name, { shape, data: new Float32Array(elements(shape)) }] as const,
  );
  return uploadAll(runtime, new Map(zeros), rename);
}

/** Reads back what `tensors` holds under `rename(name)` for every parameter. */
export async function downloadAll(
  runtime: Runtime,
  config: ModelConfig,
  tensors: DeviceTensors,
  rename: (name: string) => string = (name) => name,
): Promise<Map<string, NamedTensor>> {
  const found = new Map<string, NamedTensor>();
  for (const { name, shape } of parameterShapes(config)) {
    const key = rename(name);
    const tensor = tensors[key];
    if (tensor === undefined) throw new RangeError(`no tensor ${key}`);
    const { data } = await runtime.download(tensor);
    found.set(key, { shape, data: Float32Array.from(data) });
  }
  return found;
}

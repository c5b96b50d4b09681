/** Where a model's numbers come from, one tensor at a time: a seed, bytes in memory, files. */
import { AepoError } from "../std/errors.ts";
import type { ModelConfig } from "./config.ts";
import { EMBEDDING, initialParameters, OUTPUT, type ParameterShape, parameterShapes } from "./parameters.ts";
import type { NamedTensor } from "./safetensors.ts";

export interface TensorReader {
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  read(name: string): Promise<Float32Array>;
}

export function readerOf(tensors: ReadonlyMap<string, NamedTensor>): TensorReader {
  return {
    shapes: new Map([...tensors].map(([name, { shape }]) => [name, shape])),
    read: async (name) => {
      const tensor = tensors.get(name);
      if (tensor === undefined) throw new RangeError(`no tensor ${name}`);
      return tensor.data;
    },
  };
}

/** The readers' tensors, one reader's after the other's. Their names differ. */
export function joinedReader(...readers: readonly TensorReader[]): TensorReader {
  const owners = new Map(readers.flatMap((reader) => [...reader.shapes.keys()].map((name) => [name, reader] as const)));
  return {
    shapes: new Map(readers.flatMap(({ shapes }) => [...shapes])),
    read: (name) => owners.get(name)?.read(name) ?? Promise.reject(new RangeError(`no tensor ${name}`)),
  };
}

/** The tensors whose names `rename` maps to something, under those new names. */
export function renamedReader(reader: TensorReader, rename: (name: string) => string | undefined): TensorReader {
  const names = new Map(
    [...reader.shapes.keys()].flatMap((old) => {
      const name = rename(old);
      return name === undefined ? [] : [[name, old] as const];
    }),
  );
  return {
    shapes: new Map([...names].map(([name, old]) => [name, reader.shapes.get(old) ?? []])),
    read: (name) => reader.read(names.get(name) ?? name),
  };
}

/** New weights from a seed. */
export function initialReader(config: ModelConfig, seed: number): TensorReader {
  const values = initialParameters(config, seed);
  const shapes = parameterShapes(config);
  return readerOf(
    new Map(shapes.map(({ name, shape }) => [name, { shape, data: values.get(name) ?? new Float32Array() }])),
  );
}

/** Throws if a tensor of the model is missing, has another shape, or if one does not belong to it. */
export async function checkModelTensors(config: ModelConfig, reader: TensorReader, source: string): Promise<void> {
  const copy = reader.shapes.has(OUTPUT) && config.tie_word_embeddings;
  if (copy && !(await isTiedCopy(reader))) {
    throw new AepoError(
      "policy",
      `${source}: tensor "${OUTPUT}" is not the embeddings, with which config.json ties it`,
      {
        fix: 'set "tie_word_embeddings": false in config.json if the model was trained so',
      },
    );
  }
  checkModelShapes(config, reader, source);
}

/** The same without reading a tensor: a copy of tied output weights is taken for one. */
export function checkModelShapes(config: ModelConfig, reader: TensorReader, source: string): void {
  const { num_hidden_layers: layers, tie_word_embeddings: tied } = config;
  // Before the parameters are listed: a config from elsewhere may say any number.
  if (layers > reader.shapes.size) {
    throw new AepoError("policy", `${source}: there are ${reader.shapes.size} tensors for ${layers} layers`, {
      expected: "weights that belong to config.json (num_hidden_layers)",
    });
  }
  const names = [...reader.shapes.keys()].filter((name) => !(tied && name === OUTPUT));
  checkShapes(parameterShapes(config), reader, names, source);
}

/** Throws unless the reader has these shapes and, of `names`, no others. */
export function checkShapes(
  wanted: readonly ParameterShape[],
  reader: TensorReader,
  names: readonly string[],
  source: string,
): void {
  const shapes = new Map(wanted.map(({ name, shape }) => [name, shape]));
  const fix = "use the config.json that belongs to these weights";
  for (const name of names) {
    if (shapes.has(name)) continue;
    throw new AepoError("policy", `${source}: the model of config.json has no tensor "${name}"`, {
      exists: `${shapes.size} tensors, ${[...shapes.keys()].slice(0, 3).join(", ")} …`,
      fix,
    });
  }
  for (const [name, shape] of shapes) {
    const found = reader.shapes.get(name);
    if (found?.join() === shape.join()) continue;
    throw new AepoError(
      "policy",
      `${source}: tensor "${name}" ${found === undefined ? "is missing" : "has another shape"}`,
      {
        expected: `[${shape.join(", ")}]`,
        ...(found === undefined ? {} : { exists: `[${found.join(", ")}]` }),
        fix,
      },
    );
  }
}

/** Some files store tied output weights a second time; equal ones are harmless. */
async function isTiedCopy(reader: TensorReader): Promise<boolean> {
  if (reader.shapes.get(EMBEDDING)?.join() !== reader.shapes.get(OUTPUT)?.join()) return false;
  const [embedding, output] = [await reader.read(EMBEDDING), await reader.read(OUTPUT)];
  return embedding.every((x, i) => x === output[i]);
}

/**
 * Parameters on the device. A set never changes: an optimiser step makes a new one, so samplers and snapshots keep what
 * they started with at no cost. Counted references say when the memory goes back.
 */
import type { DeviceTensor, Runtime } from "../engine/runtime/runtime.ts";
import type { ParameterShape } from "./parameters.ts";
import type { NamedTensor } from "./safetensors.ts";
import type { TensorReader } from "./tensor-reader.ts";

export type DeviceTensors = Readonly<Record<string, DeviceTensor>>;

export class WeightSet {
  readonly tensors: DeviceTensors;
  private readonly runtime: Runtime;
  private readonly own: DeviceTensors;
  private readonly base: WeightSet | null;
  private holders = 1;

  /** The maker is the first holder. With a base, `own` stands in for some of its tensors; the base is retained. */
  constructor(runtime: Runtime, own: DeviceTensors, base: WeightSet | null = null) {
    this.runtime = runtime;
    this.own = own;
    this.base = base?.retain() ?? null;
    this.tensors = { ...base?.tensors, ...own };
  }

  retain(): this {
    this.holders++;
    return this;
  }

  release(): void {
    this.holders--;
    if (this.holders > 0) return;
    this.runtime.free(...Object.values(this.own));
    this.base?.release();
  }
}

/** Uploads what the reader has for these shapes, one after the other, under `rename(name)`. */
export async function uploadAll(
  runtime: Runtime,
  shapes: readonly ParameterShape[],
  reader: TensorReader,
  rename: (name: string) => string = (name) => name,
): Promise<DeviceTensors> {
  const entries: [string, DeviceTensor][] = [];
  for (const { name, shape } of shapes)
    entries.push([rename(name), await runtime.upload({ dtype: "f32", shape, data: await reader.read(name) })]);
  return Object.fromEntries(entries);
}

/** Reads back, one after the other, what `tensors` holds under `rename(name)` for every shape; under those names. */
export function deviceReader(
  runtime: Runtime,
  shapes: readonly ParameterShape[],
  tensors: DeviceTensors,
  rename: (name: string) => string = (name) => name,
): TensorReader {
  return {
    shapes: new Map(shapes.map(({ name, shape }) => [rename(name), shape])),
    async read(name) {
      const tensor = tensors[name];
      if (tensor === undefined) throw new RangeError(`no tensor ${name}`);
      const { data } = await runtime.download(tensor);
      return data instanceof Float32Array ? data : Float32Array.from(data);
    },
  };
}

/** Reads back what `tensors` holds under `rename(name)` for every shape. */
export async function downloadAll(
  runtime: Runtime,
  shapes: readonly ParameterShape[],
  tensors: DeviceTensors,
  rename: (name: string) => string = (name) => name,
): Promise<Map<string, NamedTensor>> {
  const reader = deviceReader(runtime, shapes, tensors, rename);
  const found = new Map<string, NamedTensor>();
  for (const [name, shape] of reader.shapes) found.set(name, { shape, data: await reader.read(name) });
  return found;
}

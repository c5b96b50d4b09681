/** Zeros on the device, one tensor a shape however many stand for it: gradients and moments before the first of their kind. */
import type { DeviceTensor, Runtime } from "../engine/runtime/runtime.ts";
import { elements, type ParameterShape } from "./parameters.ts";
import type { DeviceTensors } from "./weights.ts";

export class Zeros {
  private readonly runtime: Runtime;
  private readonly byShape: ReadonlyMap<string, DeviceTensor>;
  private readonly ids: ReadonlySet<number>;

  private constructor(runtime: Runtime, byShape: ReadonlyMap<string, DeviceTensor>) {
    this.runtime = runtime;
    this.byShape = byShape;
    this.ids = new Set([...byShape.values()].map(({ id }) => id));
  }

  static async upload(runtime: Runtime, shapes: readonly ParameterShape[]): Promise<Zeros> {
    const byShape = new Map<string, DeviceTensor>();
    for (const { shape } of shapes) {
      if (byShape.has(shape.join())) continue;
      const data = new Float32Array(elements(shape));
      byShape.set(shape.join(), await runtime.upload({ dtype: "f32", shape, data }));
    }
    return new Zeros(runtime, byShape);
  }

  /** Under `rename(name)` for every shape. */
  named(shapes: readonly ParameterShape[], rename: (name: string) => string): DeviceTensors {
    return Object.fromEntries(
      shapes.map(({ name, shape }) => {
        const zeros = this.byShape.get(shape.join());
        if (zeros === undefined) throw new RangeError(`no zeros of shape ${shape.join()}`);
        return [rename(name), zeros];
      }),
    );
  }

  /** Frees those tensors that are not zeros of these. */
  freeOthers(tensors: DeviceTensors): void {
    this.runtime.free(...Object.values(tensors).filter(({ id }) => !this.ids.has(id)));
  }

  dispose(): void {
    this.runtime.free(...this.byShape.values());
  }
}

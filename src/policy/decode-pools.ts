/**
 * Pools of cached keys and values on the device, two a layer: [tokens, G · E] with one row a cache slot. A sampler borrows
 * a set and gives it back, so that a new sampler a step costs no allocation.
 */
import type { DeviceTensor, Runtime } from "../engine/runtime/runtime.ts";
import type { ModelConfig } from "./config.ts";

/** One layer's pools. */
export interface LayerPools {
  readonly keys: DeviceTensor;
  readonly values: DeviceTensor;
}

export type PoolSet = readonly LayerPools[];

export class DecodePools {
  readonly tokens: number;
  private readonly runtime: Runtime;
  private readonly config: ModelConfig;
  private readonly spare: PoolSet[] = [];
  private disposed = false;

  constructor(runtime: Runtime, config: ModelConfig, tokens: number) {
    this.runtime = runtime;
    this.config = config;
    this.tokens = tokens;
  }

  async borrow(): Promise<PoolSet> {
    const spare = this.spare.pop();
    if (spare !== undefined) return spare;
    const { num_hidden_layers: layers, num_key_value_heads: G, head_dim: E } = this.config;
    const zeros = new Float32Array(this.tokens * G * E);
    const pool = (): Promise<DeviceTensor> =>
      this.runtime.upload({
        dtype: "f32",
        shape: [this.tokens, G * E],
        data: zeros,
      });
    const set: LayerPools[] = [];
    for (let layer = 0; layer < layers; layer++) set.push({ keys: await pool(), values: await pool() });
    return set;
  }

  /** `reusable` false: the pools may hold numbers that are not finite, which would leak through a masked weight of 0. */
  giveBack(set: PoolSet, reusable: boolean): void {
    if (reusable && !this.disposed) this.spare.push(set);
    else this.release(set);
  }

  dispose(): void {
    this.disposed = true;
    for (const set of this.spare.splice(0)) this.release(set);
  }

  private release(set: PoolSet): void {
    this.runtime.free(...set.flatMap(({ keys, values }) => [keys, values]));
  }
}

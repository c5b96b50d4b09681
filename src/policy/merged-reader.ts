/** Adapters folded into the weights they stand beside as these are read: W + (alpha / r) · B·A, one tensor at a time. */
import type { ModelConfig } from "./config.ts";
import { adapters, type Lora, loraScale } from "./lora.ts";
import type { TensorReader } from "./tensor-reader.ts";

export function mergedReader(config: ModelConfig, lora: Lora, base: TensorReader, trained: TensorReader): TensorReader {
  const byWeight = new Map(adapters(config, lora).map((adapter) => [adapter.weight, adapter]));
  return {
    shapes: base.shapes,
    async read(name) {
      const weight = await base.read(name);
      const adapter = byWeight.get(name);
      if (adapter === undefined) return weight;
      const [down, up] = [await trained.read(adapter.down.name), await trained.read(adapter.up.name)];
      return merged(weight, down, up, lora);
    },
  };
}

function merged(weight: Float32Array, down: Float32Array, up: Float32Array, lora: Lora): Float32Array {
  const { rank } = lora;
  const scale = loraScale(lora);
  const inner = down.length / rank;
  const sum = Float32Array.from(weight);
  const product = new Float32Array(inner);
  for (let row = 0; row * rank < up.length; row++) {
    product.fill(0);
    for (let r = 0; r < rank; r++) {
      const factor = up[row * rank + r] ?? 0;
      for (let i = 0; i < inner; i++) product[i] = (product[i] ?? 0) + factor * (down[r * inner + i] ?? 0);
    }
    for (let i = 0; i < inner; i++) sum[row * inner + i] = (sum[row * inner + i] ?? 0) + scale * (product[i] ?? 0);
  }
  return sum;
}

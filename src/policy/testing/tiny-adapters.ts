/** A tiny model with adapters of rank 3, and a path to train it on. */
import { modelConfigSchema } from "../config.ts";
import { loraSchema } from "../lora.ts";
import type { LossTree } from "../policy.ts";
import { tinyFields } from "./tiny-config.ts";

export const TINY = modelConfigSchema.parse({ ...tinyFields, model_type: "qwen2" });
export const LORA = loraSchema.parse({ rank: 3, alpha: 6 });

export const ids = [3, 1, 4, 1, 5, 9, 2, 6];
export const tree: LossTree = {
  ids: Int32Array.from(ids),
  parents: Int32Array.from(ids, (_, i) => i - 1),
  paths: [
    {
      leaf: 7,
      tokens: Int32Array.of(3, 4, 5, 6, 7),
      oldLogprobs: new Float32Array(5),
      advantages: new Float32Array(5).fill(1),
      weights: new Float32Array(5).fill(0.2),
    },
  ],
};

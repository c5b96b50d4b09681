/** Adapters folded into the weights they stand beside: W + (alpha / r) · B·A. */
import type { Graph } from "../engine/graph.ts";
import { add, input, matmul } from "../engine/ops.ts";
import type { ModelConfig } from "./config.ts";
import { adapters, type Lora, loraScale } from "./lora.ts";
import { elements, type ParameterShape } from "./parameters.ts";

/** Inputs: the adapted weights and the adapters. Outputs: the merged weights under the weights' names. */
export function mergeGraph(config: ModelConfig, lora: Lora): Graph {
  const given = ({ name, shape }: ParameterShape) => input(name, shape);
  const outputs = adapters(config, lora).map(({ weight, down, up }) => {
    const shape = [up.shape[0] ?? 0, down.shape[1] ?? 0];
    if (elements(shape) === 0) throw new RangeError(`no shape of ${weight}`);
    return [weight, add(input(weight, shape), matmul(given(up), given(down), { alpha: loraScale(lora) }))] as const;
  });
  return { outputs: Object.fromEntries(outputs) };
}

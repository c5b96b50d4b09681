/** How many parameters a model has, by part. */
import type { ModelConfig } from "../config.ts";
import { adapterShapes, type Lora } from "../lora.ts";
import { elements, EMBEDDING, OUTPUT, type ParameterShape, parameterShapes } from "../parameters.ts";

export interface ParameterPart {
  readonly part: "embeddings" | "attention" | "mlp" | "norms" | "adapters";
  readonly parameters: number;
  readonly trained: number;
}

/** With adapters only these are trained. */
export function parameterParts(config: ModelConfig, lora: Lora | null): ParameterPart[] {
  const sums = new Map<ParameterPart["part"], number>();
  for (const parameter of parameterShapes(config)) {
    const part = partOf(parameter);
    sums.set(part, (sums.get(part) ?? 0) + elements(parameter.shape));
  }
  const parts = [...sums].map(([part, parameters]) => ({ part, parameters, trained: lora === null ? parameters : 0 }));
  if (lora === null) return parts;
  const adapters = adapterShapes(config, lora).reduce((sum, { shape }) => sum + elements(shape), 0);
  return [...parts, { part: "adapters", parameters: adapters, trained: adapters }];
}

function partOf({ name }: ParameterShape): ParameterPart["part"] {
  if (name === EMBEDDING || name === OUTPUT) return "embeddings";
  if (name.includes("norm")) return "norms";
  return name.includes(".mlp.") ? "mlp" : "attention";
}

/**
 * Low-rank adapters (LoRA, Hu et al. 2021): beside a frozen projection W [out, in] stand A [r, in] and B [out, r], and
 * x·Wᵀ becomes x·Wᵀ + (alpha / r) · (x·Aᵀ)·Bᵀ: computed as ONE product with the merged weight, in sampling and training alike,
 * since only the adapters' gradients need x·Aᵀ. Names are those of PEFT without its prefix.
 */
import { z } from "zod";
import { randomStream } from "../std/random.ts";
import type { ModelConfig } from "./config.ts";
import { elements, layerName, type ParameterShape, parameterShapes } from "./parameters.ts";

/** Projections that can have an adapter. */
export const LORA_TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"] as const;
export type LoraTarget = (typeof LORA_TARGETS)[number];

export const loraSchema = z.strictObject({
  rank: z.int().positive().default(16).describe("r: width of an adapter."),
  alpha: z.number().positive().default(32).describe("An adapter's product is scaled by alpha / rank."),
  targets: z
    .array(z.enum(LORA_TARGETS))
    .min(1)
    .default([...LORA_TARGETS])
    .describe("Projections that get an adapter, in every layer."),
});

export type Lora = z.output<typeof loraSchema>;

export interface Adapter {
  /** Name of the frozen weight. */
  readonly weight: string;
  readonly down: ParameterShape;
  readonly up: ParameterShape;
}

export function loraScale({ alpha, rank }: Lora): number {
  return alpha / rank;
}

/** Names of A and B beside a layer's projection (`self_attn.q_proj`). */
export function adapterNames(layer: number, part: string): { readonly down: string; readonly up: string } {
  return { down: layerName(layer, `${part}.lora_A`), up: layerName(layer, `${part}.lora_B`) };
}

/** In the order of the model's parameters. */
export function adapters(config: ModelConfig, { rank, targets }: Lora): Adapter[] {
  const shapes = new Map(parameterShapes(config).map(({ name, shape }) => [name, shape]));
  const parts = LORA_TARGETS.filter((target) => targets.includes(target)).map(
    (target) =>
      `${target === "gate_proj" || target === "up_proj" || target === "down_proj" ? "mlp" : "self_attn"}.${target}`,
  );
  return Array.from({ length: config.num_hidden_layers }, (_, layer) =>
    parts.map((part) => {
      const weight = layerName(layer, part);
      const [out = 0, inner = 0] = shapes.get(weight) ?? [];
      const { down, up } = adapterNames(layer, part);
      return { weight, down: { name: down, shape: [rank, inner] }, up: { name: up, shape: [out, rank] } };
    }),
  ).flat();
}

export function adapterShapes(config: ModelConfig, lora: Lora): ParameterShape[] {
  return adapters(config, lora).flatMap(({ down, up }) => [down, up]);
}

/** A uniform in ±1/√in (PEFT's start), B zero: an adapter changes nothing at first. */
export function initialAdapters(config: ModelConfig, lora: Lora, seed: number): Map<string, Float32Array> {
  return new Map(
    adapters(config, lora).flatMap(({ down, up }) => {
      const stream = randomStream(seed, "initial-adapters", down.name);
      const bound = 1 / Math.sqrt(down.shape[1] ?? 1);
      const values = Float32Array.from({ length: elements(down.shape) }, () => bound * (2 * stream.uniform() - 1));
      return [[down.name, values] as const, [up.name, new Float32Array(elements(up.shape))] as const];
    }),
  );
}

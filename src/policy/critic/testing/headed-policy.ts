/** Small policies with a value head: the model of golden/qwen3.json, and any numbers in the head. */
import { readFileSync } from "node:fs";
import { clippedValueLoss } from "../../../algorithm/value-clip.ts";
import { mul, neg, sum } from "../../../engine/ops.ts";
import type { Runtime } from "../../../engine/runtime/runtime.ts";
import { memoryStore } from "../../blob-store.ts";
import { modelConfigSchema } from "../../config.ts";
import { type EmbeddedOptions, type EmbeddedPolicy, embeddedPolicy } from "../../embedded.ts";
import type { Loss } from "../../loss.ts";
import { parameterShapes } from "../../parameters.ts";
import { readSafetensors } from "../../safetensors.ts";
import { writeSafetensors } from "../../safetensors-write.ts";
import type { ValueLoss } from "../value-loss.ts";

interface GoldenModel {
  readonly config: Readonly<Record<string, number>>;
  readonly cases: readonly { readonly parameters: Readonly<Record<string, readonly number[]>> }[];
}

export function readGolden(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../../../golden/${name}.json`, import.meta.url), "utf8"));
}

export function openHeaded(runtime: Runtime, options: Partial<EmbeddedOptions> = {}): Promise<EmbeddedPolicy> {
  const model = readGolden("qwen3") as GoldenModel;
  const config = modelConfigSchema.parse({ ...model.config, tie_word_embeddings: true });
  const tensors = parameterShapes(config).map(({ name, shape }) => {
    const data = Float32Array.from(model.cases[0]?.parameters[name] ?? []);
    return [name, { shape, data }] as const;
  });
  const weights = writeSafetensors(new Map(tensors));
  return embeddedPolicy({ runtime, config, weights, valueHead: true, ...options });
}

/** −Σ weight · log π, with the value loss of B-PPO. */
export function lossWith(shareTrunk: boolean): Loss & { readonly value: ValueLoss } {
  const value = clippedValueLoss({ clip: 0.2, coefficient: 0.5, shareTrunk });
  const build: Loss["build"] = ({ logprobs_N, weights_N }) => neg(sum(mul(logprobs_N, weights_N), [0]));
  return { key: `likelihood, ${value.key}`, build, value };
}

/** Puts numbers into the head: nothing else sets them than a checkpoint. */
export async function setHead(
  policy: EmbeddedPolicy,
  head: Readonly<Record<string, readonly number[]>>,
): Promise<void> {
  const store = memoryStore();
  await policy.save(store);
  const { tensors, metadata } = readSafetensors(await store.read("value.safetensors"));
  const set = new Map([...tensors].map(([name, t]) => [name, { ...t, data: Float32Array.from(head[name] ?? t.data) }]));
  await store.write("value.safetensors", writeSafetensors(set, metadata));
  await policy.load(store);
}

/** Norm of the difference over the norm of what is wanted. */
export function relativeError(found: ArrayLike<number>, wanted: readonly number[]): number {
  if (found.length !== wanted.length) return Number.NaN;
  return Math.hypot(...wanted.map((x, i) => x - (found[i] ?? Number.NaN))) / Math.hypot(...wanted);
}

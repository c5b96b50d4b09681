/** Folders of tiny models, made and spoilt for tests. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { modelConfigSchema } from "../../../policy/config.ts";
import { modelConfigToJson } from "../../../policy/config-json.ts";
import { parameterShapes } from "../../../policy/parameters.ts";
import type { NamedTensor } from "../../../policy/safetensors.ts";
import { writeSafetensors } from "../../../policy/safetensors-write.ts";

const TINY = modelConfigSchema.parse({
  model_type: "llama",
  vocab_size: 6,
  hidden_size: 4,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  head_dim: 2,
  intermediate_size: 3,
  max_position_embeddings: 16,
});

export const TINY_CONFIG: Readonly<Record<string, unknown>> = JSON.parse(modelConfigToJson(TINY)) as Record<
  string,
  unknown
>;

/** Tensor number i is filled with i + 1. */
export function tinyTensors(): Map<string, NamedTensor> {
  return new Map(
    parameterShapes(TINY).map(({ name, shape }, i) => {
      const data = new Float32Array(shape.reduce((product, extent) => product * extent, 1)).fill(i + 1);
      return [name, { shape, data }] as const;
    }),
  );
}

export const tinyFiles = (): Record<string, FileContent> => ({
  "config.json": TINY_CONFIG,
  "model.safetensors": writeSafetensors(tinyTensors()),
});

/** The tensors over two shards, with their index; `changes` to its weight_map. */
export function shardedFiles(changes: Readonly<Record<string, unknown>> = {}): Record<string, FileContent> {
  const tensors = [...tinyTensors()];
  const halves = [tensors.slice(0, 5), tensors.slice(5)];
  const names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
  const map = halves.flatMap((half, i) => half.map(([name]) => [name, names[i]] as const));
  return {
    "config.json": TINY_CONFIG,
    "model.safetensors.index.json": { metadata: {}, weight_map: { ...Object.fromEntries(map), ...changes } },
    ...Object.fromEntries(halves.map((half, i) => [names[i], writeSafetensors(new Map(half))])),
  };
}

/** An object is written as JSON. */
export type FileContent = string | Uint8Array | Readonly<Record<string, unknown>>;

/** Runs `action` with a folder of these files, and removes it. */
export async function withFolder<T>(
  files: Readonly<Record<string, FileContent>>,
  action: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "aepo-model-"));
  try {
    for (const [name, content] of Object.entries(files)) {
      const isRaw = typeof content === "string" || content instanceof Uint8Array;
      writeFileSync(join(folder, name), isRaw ? content : JSON.stringify(content));
    }
    return await action(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

import { expect, it } from "vitest";
import { openInlineRuntime } from "../engine/runtime/node.ts";
import { modelConfigSchema } from "./config.ts";
import { adapters, initialAdapters, loraSchema } from "./lora.ts";
import { mergedReader } from "./merged-reader.ts";
import { mergeGraph } from "./merge-graph.ts";
import { elements } from "./parameters.ts";
import { Programs } from "./programs.ts";
import { initialReader, readerOf } from "./tensor-reader.ts";

const CONFIG = modelConfigSchema.parse({
  model_type: "llama",
  vocab_size: 11,
  hidden_size: 12,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  head_dim: 4,
  intermediate_size: 20,
  max_position_embeddings: 16,
});
const LORA = loraSchema.parse({ rank: 3, alpha: 5, targets: ["q_proj", "down_proj"] });

it("folds adapters in as the engine does", async () => {
  const values = new Map(
    adapters(CONFIG, LORA).flatMap(({ down, up }) => [
      [down.name, { shape: down.shape, data: initialAdapters(CONFIG, LORA, 1).get(down.name) ?? new Float32Array() }],
      [up.name, { shape: up.shape, data: Float32Array.from({ length: elements(up.shape) }, (_, i) => Math.sin(i)) }],
    ]),
  );
  const base = initialReader(CONFIG, 4);
  const reader = mergedReader(CONFIG, LORA, base, readerOf(values));
  const runtime = await openInlineRuntime({ threads: 1 });
  const programs = new Programs(runtime);
  const inputs = Object.fromEntries([...values].map(([name, tensor]) => [name, { dtype: "f32" as const, ...tensor }]));
  for (const { weight } of adapters(CONFIG, LORA)) {
    inputs[weight] = { dtype: "f32", shape: base.shapes.get(weight) ?? [], data: await base.read(weight) };
  }
  const { host } = await programs.run(await programs.get("merge", () => mergeGraph(CONFIG, LORA)), inputs);
  expect(Object.keys(host)).toHaveLength(4);
  for (const [name, { data }] of Object.entries(host)) {
    const merged = await reader.read(name);
    for (const [i, x] of merged.entries()) expect(x).toBeCloseTo(data[i] ?? Number.NaN, 6);
    expect(merged).not.toEqual(await base.read(name));
  }
  expect(await reader.read("model.norm.weight")).toEqual(await base.read("model.norm.weight"));
  await runtime.close();
});

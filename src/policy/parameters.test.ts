import { describe, expect, it } from "vitest";
import { type ModelConfig, modelConfigSchema } from "./config.ts";
import { modelConfigToJson } from "./config-json.ts";
import { initialParameters, parameterCount, parameterShapes } from "./parameters.ts";

const CONFIG: ModelConfig = modelConfigSchema.parse({
  vocab_size: 100,
  hidden_size: 32,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 8,
  intermediate_size: 48,
  max_position_embeddings: 64,
});

describe("parameters", () => {
  it("counts: embeddings 3,200, two blocks of 7,760, final norm 32", () => {
    // A block: norms 2 · 32, q and o 2 · 32 · 32, k and v 2 · 16 · 32, q/k norm 2 · 8, MLP 3 · 48 · 32.
    expect(64 + 2048 + 1024 + 16 + 4608).toBe(7760);
    expect(parameterCount(CONFIG)).toBe(3200 + 2 * 7760 + 32);
    expect(parameterCount({ ...CONFIG, tie_word_embeddings: false })).toBe(2 * 3200 + 2 * 7760 + 32);
  });

  it("has Hugging Face's names", () => {
    const names = parameterShapes(CONFIG).map(({ name }) => name);
    expect(names).toHaveLength(2 + 2 * 11);
    expect(names).toContain("model.layers.1.self_attn.q_norm.weight");
    expect(names).not.toContain("lm_head.weight");
  });

  it("has the biases and norms of its family", () => {
    const of = (changes: Partial<ModelConfig>): string[] =>
      parameterShapes({ ...CONFIG, ...changes }).flatMap(({ name }) =>
        name.startsWith("model.layers.0.self_attn.") && !name.endsWith("_proj.weight") ? [name.slice(25)] : [],
      );
    expect(of({ model_type: "llama" })).toEqual([]);
    expect(of({ model_type: "llama", attention_bias: true })).toEqual(
      ["q", "k", "v", "o"].map((x) => `${x}_proj.bias`),
    );
    expect(of({ model_type: "qwen2" })).toEqual(["q", "k", "v"].map((x) => `${x}_proj.bias`));
    expect(of({ model_type: "mistral" })).toEqual([]);
    expect(of({})).toEqual(["q_norm.weight", "k_norm.weight"]);
    expect(
      initialParameters({ ...CONFIG, model_type: "qwen2" }, 1).get("model.layers.1.self_attn.k_proj.bias"),
    ).toEqual(new Float32Array(16));
  });

  it("starts as named streams say: the same seed, the same bytes; another tensor or seed, others", () => {
    const [a, b, c] = [initialParameters(CONFIG, 1), initialParameters(CONFIG, 1), initialParameters(CONFIG, 2)];
    const name = "model.layers.0.self_attn.q_proj.weight";
    expect(a.get(name)).toEqual(b.get(name));
    expect(a.get(name)).not.toEqual(c.get(name));
    expect(a.get(name)).not.toEqual(a.get("model.layers.1.self_attn.q_proj.weight"));
  });

  it("starts projections with initializer_range, and folds the embeddings' scale into them", () => {
    const deviation = (values: ArrayLike<number> = []): number =>
      Math.hypot(...Array.from(values)) / Math.sqrt(values.length);
    const plain = initialParameters(CONFIG, 1);
    // 1,024 draws or more: within 10 %, four standard errors.
    expect(deviation(plain.get("model.layers.0.self_attn.q_proj.weight"))).toBeCloseTo(0.02, 2.7);
    const wide = initialParameters({ ...CONFIG, initializer_range: 0.05 }, 1);
    expect(deviation(wide.get("model.layers.0.mlp.down_proj.weight"))).toBeCloseTo(0.05, 2.3);
    expect(wide.get("model.embed_tokens.weight")).toEqual(plain.get("model.embed_tokens.weight"));
    const scaled = initialParameters({ ...CONFIG, embedding_scale: 10 }, 1);
    expect(
      deviation(scaled.get("model.embed_tokens.weight")) / deviation(plain.get("model.embed_tokens.weight")),
    ).toBeCloseTo(10, 4);
    expect(scaled.get("model.norm.weight")?.[0]).toBeCloseTo(0.1, 6);
    const untied = initialParameters({ ...CONFIG, embedding_scale: 10, tie_word_embeddings: false }, 1);
    expect(untied.get("model.norm.weight")?.[0]).toBe(1);
  });

  it("adds one shared vector to all embeddings, and nothing else", () => {
    const name = "model.embed_tokens.weight";
    const [plain, shared] = [initialParameters(CONFIG, 1), initialParameters({ ...CONFIG, embedding_mean: 1 }, 1)];
    const { hidden_size: width, vocab_size: rows } = CONFIG;
    const added = Array.from(shared.get(name) ?? [], (value, i) => value - (plain.get(name)?.[i] ?? 0));
    expect(added).toHaveLength(rows * width);
    for (const [i, value] of added.entries()) expect(value).toBeCloseTo(added[i % width] ?? Number.NaN, 6);
    // The size of an embedding of its own, 0.02, within what `width` draws leave open.
    const size = Math.hypot(...added.slice(0, width)) / Math.sqrt(width);
    expect(size).toBeGreaterThan(0.01);
    expect(size).toBeLessThan(0.03);
    for (const [other, values] of plain) if (other !== name) expect(shared.get(other)).toEqual(values);
    expect(JSON.parse(modelConfigToJson({ ...CONFIG, embedding_mean: 1 }))).not.toHaveProperty("embedding_mean");
  });
});

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ModelConfig, modelConfigSchema } from "../../policy/config.ts";
import { modelConfigFromFields, modelConfigFromJson } from "../../policy/config-json.ts";
import { type NamedTensor, readSafetensors } from "../../policy/safetensors.ts";
import { initialReader, readerOf } from "../../policy/tensor-reader.ts";
import { QUANTIZE } from "./blocks/written.ts";
import { HALF_VALUES, halfOf } from "../../policy/half-floats.ts";
import { openGguf } from "./open-gguf.ts";
import { type ExportFormat, type GgufExport, writeGguf, writeGgufFile } from "./write-gguf.ts";

// golden/tiny-models.py: random models of every family, as transformers writes them.
const FAMILIES = ["llama", "llama3", "llama-bias", "qwen2", "qwen3", "mistral"];

function tiny(name: string): GgufExport {
  const folder = `golden/tiny-models/${name}`;
  const tensors = new Map<string, NamedTensor>();
  for (const file of readdirSync(folder).filter((file) => file.endsWith(".safetensors"))) {
    for (const [name, tensor] of readSafetensors(readFileSync(join(folder, file))).tensors) tensors.set(name, tensor);
  }
  const config = modelConfigFromJson(readFileSync(join(folder, "config.json"), "utf8"));
  return { config, tensors: readerOf(tensors), source: folder, tokenizer: null, format: "f32", name };
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "aepo-gguf-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function throughFile(model: GgufExport): Promise<{ config: ModelConfig; tensors: Map<string, Float32Array> }> {
  const path = join(folder, `${model.name}-${model.format}.gguf`);
  await writeGgufFile(path, model);
  const files = await openGguf(path);
  const tensors = new Map<string, Float32Array>();
  for (const name of files.tensors.shapes.keys()) tensors.set(name, await files.tensors.read(name));
  expect(new Map([...files.tensors.shapes].toSorted())).toEqual(new Map([...model.tensors.shapes].toSorted()));
  await files.tensors.close();
  expect(files.tokenizer).toBeNull();
  return { config: modelConfigFromFields(files.config), tensors };
}

describe.each(FAMILIES)("%s, written to a GGUF file and read again", (name) => {
  it("has the same config and the same numbers in f32", async () => {
    const model = tiny(name);
    const { config, tensors } = await throughFile(model);
    // Without a window, Mistral is a Llama.
    const llama = model.config.model_type === "mistral" ? { model_type: "llama" } : {};
    expect(config).toEqual({ ...model.config, ...llama });
    for (const [parameter, data] of tensors) expect(data, parameter).toEqual(await model.tensors.read(parameter));
  });

  it("has the nearest halves in f16, norms and biases as they were", async () => {
    const model = tiny(name);
    const { tensors } = await throughFile({ ...model, format: "f16" });
    for (const [parameter, data] of tensors) {
      const exact = await model.tensors.read(parameter);
      const isMatrix = model.tensors.shapes.get(parameter)?.length === 2;
      expect(data, parameter).toEqual(isMatrix ? exact.map((x) => HALF_VALUES[halfOf(x)] ?? 0) : exact);
    }
  });
});

const WIDE = modelConfigSchema.parse({
  model_type: "llama",
  vocab_size: 100,
  hidden_size: 64,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 16,
  intermediate_size: 80,
  max_position_embeddings: 64,
  tie_word_embeddings: false,
});

function wide(format: ExportFormat): GgufExport {
  return { config: WIDE, tensors: initialReader(WIDE, 1), source: "a seed", tokenizer: null, format, name: "wide" };
}

describe("writeGguf", () => {
  it("in q8_0 has blocks within half a step, and halves where rows are not whole blocks", async () => {
    const model = wide("q8_0");
    const { tensors } = await throughFile(model);
    for (const [parameter, data] of tensors) {
      const exact = await model.tensors.read(parameter);
      const shape = model.tensors.shapes.get(parameter) ?? [];
      const block = shape.length === 1 ? 0 : (shape[1] ?? 0) % 32 === 0 ? 32 : 1;
      for (let from = 0; from < exact.length; from += Math.max(block, 1)) {
        const part = exact.subarray(from, from + Math.max(block, 1));
        const largest = part.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
        // Half a step of 1/127, and the step itself rounded to a half; or a half's own rounding.
        const allowed = block === 32 ? largest * (0.5 / 127 + 2 ** -11) : block * largest * 2 ** -11;
        part.forEach((x, i) =>
          expect(Math.abs(x - (data[from + i] ?? 0))).toBeLessThanOrEqual(allowed + 2 ** -25 * block),
        );
      }
    }
    const down = tensors.get("model.layers.0.mlp.down_proj.weight");
    expect(down?.[0]).toBe(
      HALF_VALUES[halfOf((await model.tensors.read("model.layers.0.mlp.down_proj.weight"))[0] ?? 0)],
    );
  });

  it("quantises to the bytes gguf-py writes", () => {
    const { written } = JSON.parse(readFileSync("golden/gguf-values.json", "utf8")) as {
      readonly written: Readonly<Record<"numbers" | "Q8_0", string>>;
    };
    const numbers = new Float32Array(new Uint8Array(Buffer.from(written.numbers, "base64")).buffer);
    const out = new Uint8Array((numbers.length / 32) * 34);
    expect(QUANTIZE.Q8_0(numbers, out)).toBe(-1);
    expect(Buffer.from(out).toString("base64")).toBe(written.Q8_0);
  });

  it("promises no more of Mistral than its window, within which llama.cpp computes the same", async () => {
    const model = tiny("mistral-window");
    expect(model.config).toMatchObject({ sliding_window: 8, max_position_embeddings: 128 });
    const { config } = await throughFile(model);
    expect(config).toEqual({ ...model.config, max_position_embeddings: 8 });
  });

  it("hands the same bytes to a sink as to a file, in order and one tensor at a time", async () => {
    const parts: Uint8Array[] = [];
    await writeGguf(async (bytes) => {
      parts.push(bytes);
    }, wide("f16"));
    // The header, and each of 21 tensors.
    expect(parts).toHaveLength(22);
    await writeGgufFile(join(folder, "sink.gguf"), wide("f16"));
    expect(Buffer.concat(parts)).toEqual(await readFile(join(folder, "sink.gguf")));
  });

  it("leaves nothing behind where it fails, and what was there before", async () => {
    const path = join(folder, "kept.gguf");
    await writeFile(path, "before");
    const data = new Float32Array(100 * 64).fill(70_000);
    const tensors = { shapes: initialReader(WIDE, 1).shapes, read: async () => data };
    await expect(writeGgufFile(path, { ...wide("f16"), tensors })).rejects.toThrow(
      'a seed: tensor "model.embed_tokens.weight" has numbers too large for F16\n  found: 70000 at index 0\n  to fix: export to f32',
    );
    expect(await readFile(path, "utf8")).toBe("before");
    expect((await readdir(folder)).filter((name) => name.includes("kept"))).toEqual(["kept.gguf"]);
  });

  it("refuses tensors that do not fit the config, before the first byte", async () => {
    const config = { ...WIDE, intermediate_size: 96 };
    const sink = (): Promise<void> => Promise.reject(new Error("written"));
    await expect(writeGguf(sink, { ...wide("f32"), config })).rejects.toThrow(
      'a seed: tensor "model.layers.0.mlp.gate_proj.weight" has another shape',
    );
  });

  it("refuses Llama 3's scaling for an architecture in which llama.cpp has none", async () => {
    const { config: scaled } = tiny("llama3");
    const config = { ...WIDE, model_type: "qwen3" as const, rope_scaling: scaled.rope_scaling };
    const model = { ...wide("f32"), config, tensors: initialReader(config, 1) };
    await expect(writeGgufFile(join(folder, "scaled.gguf"), model)).rejects.toThrow(
      "llama.cpp does not scale the rotary embedding of qwen3 as Llama 3's",
    );
  });
});

const PYTHON = process.env["AEPO_PYTHON"] ?? "python3";
const hasPython = spawnSync(PYTHON, ["-c", "import gguf"]).status === 0;

interface Read {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly tensors: Readonly<
    Record<
      string,
      { readonly format: string; readonly shape: readonly number[]; readonly first: number[]; readonly sum: number }
    >
  >;
}

describe.skipIf(!hasPython)(
  `read by gguf-py${hasPython ? "" : " (skipped: no python with gguf; set AEPO_PYTHON)"}`,
  () => {
    it.each([...FAMILIES, "mistral-window"])("%s has its numbers, query rows as neighbours", async (name) => {
      const model = tiny(name);
      const path = join(folder, `${name}-python.gguf`);
      await writeGgufFile(path, model);
      const { stdout, stderr } = spawnSync(PYTHON, ["golden/read-gguf.py", path], { encoding: "utf8" });
      expect(stderr).toBe("");
      const read = JSON.parse(stdout) as Read;
      const architecture = model.config.model_type.replace("mistral", "llama");
      expect(read.metadata).toMatchObject({
        "general.architecture": architecture,
        [`${architecture}.block_count`]: 2,
        [`${architecture}.attention.head_count_kv`]: model.config.num_key_value_heads,
        "tokenizer.ggml.model": "none",
      });
      const queries = read.tensors["blk.1.attn_q.weight"];
      const exact = await model.tensors.read("model.layers.1.self_attn.q_proj.weight");
      expect(queries?.format).toBe("F32");
      expect(queries?.shape).toEqual(model.tensors.shapes.get("model.layers.1.self_attn.q_proj.weight"));
      expect(queries?.first).toEqual([...exact.subarray(0, 4)]);
      expect(queries?.sum).toBeCloseTo(
        exact.reduce((sum, x) => sum + x, 0),
        3,
      );
      const extra = model.config.rope_scaling?.rope_type === "llama3" ? 1 : 0;
      expect(Object.keys(read.tensors)).toHaveLength(model.tensors.shapes.size + extra);
    });
  },
);

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rejectionMessage } from "../../../test/support/thrown.ts";
import { modelConfigFromFields } from "../../policy/config-json.ts";
import { parameterShapes } from "../../policy/parameters.ts";
import { writeSafetensors } from "../../policy/safetensors-write.ts";
import { AepoError } from "../../std/errors.ts";
import { openHuggingFaceFolder } from "./open-folder.ts";
import {
  type FileContent,
  shardedFiles,
  TINY_CONFIG,
  tinyFiles,
  tinyTensors,
  withFolder,
} from "./testing/model-folder.ts";

const GOLDEN = fileURLToPath(new URL("../../../golden/tiny-models", import.meta.url));

/** What opening a folder of these files says, its path cut out. */
async function refusal(files: Readonly<Record<string, FileContent>>): Promise<string> {
  return withFolder(files, async (folder) =>
    (await rejectionMessage(openHuggingFaceFolder(folder))).replaceAll(folder, "DIR"),
  );
}

describe("openHuggingFaceFolder", () => {
  it.each([
    "llama",
    "llama3",
    "llama-bias",
    "qwen2",
    "qwen3",
    "mistral",
    "mistral-window",
    "llama-sharded-bf16",
    "qwen2-f16",
  ])("opens what transformers saved: %s", async (name) => {
    const model = await openHuggingFaceFolder(join(GOLDEN, name));
    const wanted = parameterShapes(modelConfigFromFields(model.config));
    expect(new Map(model.tensors.shapes)).toEqual(new Map(wanted.map((each) => [each.name, each.shape])));
    expect(model.source).toBe(join(GOLDEN, name));
    expect(model.tokenizer).toBeNull();
    await model.tensors.close();
  });

  // The same numbers, rounded: bfloat16 keeps 8 bits, float16 11.
  it.each([
    ["llama-sharded-bf16", "llama", 2 ** -8],
    ["qwen2-f16", "qwen2", 2 ** -11],
  ])("reads the numbers of %s: those of %s, rounded", async (name, exact, precision) => {
    const [rounded, whole] = [
      await openHuggingFaceFolder(join(GOLDEN, name)),
      await openHuggingFaceFolder(join(GOLDEN, exact)),
    ];
    for (const tensor of whole.tensors.shapes.keys()) {
      const [a, b] = [await rounded.tensors.read(tensor), await whole.tensors.read(tensor)];
      expect(a).not.toEqual(b);
      expect(a.every((x, i) => Math.abs(x - (b[i] ?? 0)) <= precision * Math.abs(b[i] ?? 0) + 2 ** -25)).toBe(true);
    }
    for (const { tensors } of [rounded, whole]) await tensors.close();
  });

  it("reads each tensor of each shard", () =>
    withFolder(shardedFiles(), async (folder) => {
      const { tensors } = await openHuggingFaceFolder(folder);
      for (const [name, { shape, data }] of tinyTensors()) {
        expect(tensors.shapes.get(name)).toEqual(shape);
        expect(await tensors.read(name)).toEqual(data);
      }
      expect(await rejectionMessage(tensors.read("w"))).toBe(`${folder}: there is no tensor "w"`);
      await tensors.close();
      expect(await rejectionMessage(tensors.read("model.norm.weight"))).toMatch(/closed/);
    }));

  it("ignores what older libraries saved beside the parameters, whatever its format", async () => {
    const entries = {
      "model.layers.0.self_attn.rotary_emb.inv_freq": { shape: [1], data: Float32Array.of(1) },
      "model.layers.0.attn.masked_bias": { shape: [], data: Float32Array.of(-1e4) },
    };
    const weights = writeSafetensors(new Map([...tinyTensors(), ...Object.entries(entries)]));
    // As half as many numbers of twice the width: no format of ours.
    const changed = Buffer.from(
      Buffer.from(weights)
        .toString("latin1")
        .replace(
          '"model.layers.0.attn.masked_bias":{"dtype":"F32"',
          '"model.layers.0.attn.masked_bias":{"dtype":"U32"',
        ),
      "latin1",
    );
    await withFolder({ ...tinyFiles(), "model.safetensors": changed }, async (folder) => {
      const { tensors } = await openHuggingFaceFolder(folder);
      expect([...tensors.shapes.keys()]).toEqual([...tinyTensors().keys()]);
      await tensors.close();
    });
  });

  it("takes a copy of tied output weights for one until it is read", () => {
    const output = { shape: [6, 4], data: new Float32Array(24).fill(1) };
    const weights = writeSafetensors(new Map([...tinyTensors(), ["lm_head.weight", output]]));
    return withFolder({ ...tinyFiles(), "model.safetensors": weights }, async (folder) => {
      await (await openHuggingFaceFolder(folder)).tensors.close();
    });
  });
});

describe("openHuggingFaceFolder refuses", () => {
  const without = (files: Record<string, FileContent>, name: string): Record<string, FileContent> =>
    Object.fromEntries(Object.entries(files).filter(([each]) => each !== name));
  const config = (changes: object): Record<string, FileContent> => ({
    ...tinyFiles(),
    "config.json": { ...TINY_CONFIG, ...changes },
  });
  const tensors = (change: (all: ReturnType<typeof tinyTensors>) => void): Record<string, FileContent> => {
    const all = tinyTensors();
    change(all);
    return { ...tinyFiles(), "model.safetensors": writeSafetensors(all) };
  };

  it.each<[string, Record<string, FileContent>, string]>([
    [
      "an empty folder",
      {},
      "DIR has no config.json\n  expected: a model's folder: config.json, model.safetensors (or model.safetensors.index.json with its shards), tokenizer.json\n  found: none",
    ],
    [
      "no weights",
      { "config.json": TINY_CONFIG, "pytorch_model.bin": "x" },
      "DIR has no weights that can be read\n  expected: model.safetensors, or model.safetensors.index.json with its shards\n  found: config.json, pytorch_model.bin\n  to fix: convert it: in Python, AutoModelForCausalLM.from_pretrained(folder).save_pretrained(other_folder)",
    ],
    [
      "a GGUF file's folder",
      { "config.json": TINY_CONFIG, "m.Q4_K.gguf": "x" },
      "DIR has no weights that can be read\n  expected: model.safetensors, or model.safetensors.index.json with its shards\n  found: config.json, m.Q4_K.gguf\n  to fix: open the .gguf file",
    ],
    [
      "another architecture",
      config({ architectures: ["GPT2LMHeadModel"], model_type: "gpt2" }),
      "config.json: this architecture is not implemented\n  expected: Qwen3ForCausalLM (qwen3), LlamaForCausalLM (llama), Qwen2ForCausalLM (qwen2), MistralForCausalLM (mistral)\n  found: GPT2LMHeadModel (gpt2)",
    ],
    [
      "an architecture that is no text",
      config({ architectures: { toString: 1 }, model_type: { toString: 1 } }),
      'config.json: this architecture is not implemented\n  expected: Qwen3ForCausalLM (qwen3), LlamaForCausalLM (llama), Qwen2ForCausalLM (qwen2), MistralForCausalLM (mistral)\n  found: {"toString":1} ({"toString":1})',
    ],
    [
      "quantised weights",
      config({ quantization_config: { quant_method: "gptq" } }),
      'config.json: quantization_config {"quant_method":"gptq"} is not implemented\n  expected: null',
    ],
    [
      "a billion layers",
      config({ num_hidden_layers: 1e9 }),
      "DIR: there are 11 tensors for 1000000000 layers\n  expected: weights that belong to config.json (num_hidden_layers)",
    ],
    [
      "a missing tensor",
      tensors((all) => all.delete("model.layers.0.mlp.up_proj.weight")),
      'DIR: tensor "model.layers.0.mlp.up_proj.weight" is missing\n  expected: [3, 4]\n  to fix: use the config.json that belongs to these weights',
    ],
    [
      "a shape that does not fit",
      tensors((all) => all.set("model.norm.weight", { shape: [5], data: new Float32Array(5) })),
      'DIR: tensor "model.norm.weight" has another shape\n  expected: [4]\n  found: [5]\n  to fix: use the config.json that belongs to these weights',
    ],
    [
      "a tensor the model has not",
      tensors((all) => all.set("model.layers.0.self_attn.q_norm.weight", { shape: [2], data: new Float32Array(2) })),
      'DIR: the model of config.json has no tensor "model.layers.0.self_attn.q_norm.weight"\n  found: 11 tensors, model.embed_tokens.weight, model.layers.0.input_layernorm.weight, model.layers.0.self_attn.q_proj.weight …\n  to fix: use the config.json that belongs to these weights',
    ],
    [
      "adapters",
      {
        "adapter_config.json": { peft_type: "LORA", base_model_name_or_path: "owner/name" },
        "adapter_model.safetensors": "x",
      },
      'DIR holds adapters (PEFT), not a model\n  expected: config.json and model.safetensors\n  found: adapter_config.json: adapters beside "owner/name"\n  to fix: merge them into that model and open the result: in Python, PeftModel.from_pretrained(base, adapters).merge_and_unload().save_pretrained(folder)',
    ],
    [
      "weights cut short",
      { ...tinyFiles(), "model.safetensors": "abc" },
      "DIR/model.safetensors: only 3 bytes\n  expected: 8 bytes of header length and a header",
    ],
  ])("%s", async (_, files, message) => {
    expect(await refusal(files)).toBe(message);
  });

  it.each<[string, Record<string, FileContent>, string]>([
    [
      "a missing shard",
      without(shardedFiles(), "model-00002-of-00002.safetensors"),
      "DIR: shard model-00002-of-00002.safetensors is missing\n  expected: the 2 files that model.safetensors.index.json lists\n  found: model-00001-of-00002.safetensors\n  to fix: download the rest of the model",
    ],
    [
      "a tensor that its shard has not",
      shardedFiles({ "model.norm.weight": "model-00001-of-00002.safetensors" }),
      'DIR/model.safetensors.index.json: tensor "model.norm.weight" is not in model-00001-of-00002.safetensors\n  found: it is in model-00002-of-00002.safetensors\n  to fix: download the index and its shards again, all of the same revision',
    ],
    [
      "a tensor that no shard has",
      shardedFiles({ w: "model-00001-of-00002.safetensors" }),
      'DIR/model.safetensors.index.json: tensor "w" is not in model-00001-of-00002.safetensors\n  found: it is in no shard\n  to fix: download the index and its shards again, all of the same revision',
    ],
    [
      "a tensor in two shards",
      { ...shardedFiles(), "model-00002-of-00002.safetensors": writeSafetensors(tinyTensors()) },
      'DIR: tensor "model.embed_tokens.weight" is in two shards\n  expected: every tensor once\n  found: model-00001-of-00002.safetensors and model-00002-of-00002.safetensors',
    ],
    ...["../model.safetensors", "/etc/passwd", "sub/model.safetensors", "..", "C:\\model.safetensors", "", 3].map(
      (shard): [string, Record<string, FileContent>, string] => [
        `an index that points to ${JSON.stringify(shard)}`,
        shardedFiles({ "model.norm.weight": shard }),
        `DIR/model.safetensors.index.json: tensor "model.norm.weight" is in ${JSON.stringify(shard)}\n  expected: the name of a file in the same folder`,
      ],
    ),
    [
      "an index without a map",
      { ...shardedFiles(), "model.safetensors.index.json": { weight_map: [] } },
      "DIR/model.safetensors.index.json has no weight_map\n  expected: shards by tensor",
    ],
    [
      "an index with a tensor twice",
      { ...shardedFiles(), "model.safetensors.index.json": '{"weight_map":{"a":"x","\\u0061":"y"}}' },
      'DIR/model.safetensors.index.json: the JSON has the key "a" twice',
    ],
  ])("%s", async (_, files, message) => {
    expect(await refusal(files)).toBe(message);
  });

  it.each<[string, FileContent, string]>([
    ["deep nesting", `{"a":${"[".repeat(1_000_000)}`, "DIR/config.json: the JSON is nested deeper than 64"],
    ["no object", "[1]", "DIR/config.json is not a JSON object\n  found: [1]"],
    ["no UTF-8", Uint8Array.of(0x7b, 0xff, 0x7d), "DIR/config.json is not UTF-8"],
    ["too many values", `{"a":[${"0,".repeat(200_000)}0]}`, "DIR/config.json: the JSON has more than 200000 values"],
    ["too many bytes", " ".repeat(4_000_001), "DIR/config.json has 4000001 bytes\n  expected: at most 4000000"],
  ])("a config.json of %s", async (_, content, message) => {
    expect(await refusal({ ...tinyFiles(), "config.json": content })).toBe(message);
  });

  it("a folder that is none, and a file that is a folder", async () => {
    expect(await rejectionMessage(openHuggingFaceFolder("/nowhere"))).toBe(
      "/nowhere cannot be opened: ENOENT: no such file or directory, stat '/nowhere'",
    );
    await withFolder({ a: "" }, async (folder) => {
      expect(await rejectionMessage(openHuggingFaceFolder(join(folder, "a")))).toBe(
        `${join(folder, "a")} is not a folder\n  expected: a folder with config.json and model.safetensors`,
      );
      mkdirSync(join(folder, "config.json"));
      expect(await rejectionMessage(openHuggingFaceFolder(folder))).toBe(
        `${join(folder, "config.json")} is not a file`,
      );
    });
  });

  it("any other field of config.json only with a message of ours", () => {
    const fields = [...Object.keys(TINY_CONFIG), "rope_parameters", "layer_types"];
    fc.assert(
      fc.property(fc.constantFrom(...fields), fc.jsonValue(), (field, value) => {
        try {
          modelConfigFromFields({ ...TINY_CONFIG, [field]: value });
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(AepoError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

/**
 * A model as a GGUF file that llama.cpp runs: config, tokenizer and chat template as metadata, tensors one at a time. Norms and
 * biases stay float32; matrices take the format asked for.
 */
import { open, rename, rm } from "node:fs/promises";
import type { TokenizerFiles } from "../../chat/tokenizer-files.ts";
import type { ModelConfig } from "../../policy/config.ts";
import { parameterShapes } from "../../policy/parameters.ts";
import { checkModelTensors, type TensorReader } from "../../policy/tensor-reader.ts";
import { AepoError } from "../../std/errors.ts";
import { ARCHITECTURE_OF, TRAITS } from "./architectures.ts";
import { BLOCK_FORMATS } from "./block-formats.ts";
import { QUANTIZE, type WrittenFormat } from "./blocks/written.ts";
import { type Entries, headerBytes, paddedBytes, type PlannedTensor, tensorBytes } from "./header-bytes.ts";
import { configEntries } from "./metadata-from-config.ts";
import { tokenizerEntries } from "./metadata-from-tokenizer.ts";
import { ropeFactors } from "./rope-factors.ts";
import { rowsAsNeighbours } from "./rotary-rows.ts";
import { ggufName, ROPE_FACTORS, rotatedHeads } from "./tensor-names.ts";

export const EXPORT_FORMATS = ["f32", "f16", "q8_0"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** What is written. */
export interface GgufExport {
  readonly config: ModelConfig;
  /** Named and laid out as in Hugging Face's checkpoints. */
  readonly tensors: TensorReader;
  /** Of the tensors, for messages. */
  readonly source: string;
  /** Null for a file without one: its user gives token ids. */
  readonly tokenizer: TokenizerFiles | null;
  readonly format: ExportFormat;
  /** What the file calls the model. */
  readonly name: string;
}

/** Takes the file in order, from its first byte. */
export type ByteSink = (bytes: Uint8Array) => Promise<void>;

/** Under its name only when it is complete. */
export async function writeGgufFile(path: string, model: GgufExport): Promise<void> {
  const partial = `${path}.partial`;
  const handle = await open(partial, "w");
  try {
    await writeGguf(async (bytes) => {
      await handle.writeFile(bytes);
    }, model);
    await handle.sync();
  } catch (thrown) {
    await handle.close();
    await rm(partial, { force: true });
    throw thrown;
  }
  await handle.close();
  await rename(partial, path);
}

/** Throws before the first byte if the tensors do not fit the config, or llama.cpp could not run the model. */
export async function writeGguf(sink: ByteSink, model: GgufExport): Promise<void> {
  await checkModelTensors(model.config, model.tensors, model.source);
  const tensors = planTensors(model);
  await sink(headerBytes(entriesOf(model), tensors));
  for (const tensor of tensors) await writeTensor(sink, tensor, model);
}

const FORMAT_OF: Readonly<Record<ExportFormat, WrittenFormat>> = { f32: "F32", f16: "F16", q8_0: "Q8_0" };
/** llama.cpp's numbers for "mostly" these. */
const FILE_TYPE: Readonly<Record<ExportFormat, number>> = { f32: 0, f16: 1, q8_0: 7 };

function entriesOf({ config, tokenizer, format, name }: GgufExport): Entries {
  return [
    ["general.architecture", { type: "text", value: ARCHITECTURE_OF[config.model_type] }],
    ["general.type", { type: "text", value: "model" }],
    ["general.name", { type: "text", value: name }],
    ["general.file_type", { type: "count", value: FILE_TYPE[format] }],
    ["general.quantization_version", { type: "count", value: 2 }],
    ...configEntries(config),
    ...tokenizerEntries(tokenizer, config.vocab_size),
  ];
}

interface WrittenTensor extends PlannedTensor {
  readonly format: WrittenFormat;
  /** Of the parameter; null for the factors of the rotary embedding. */
  readonly parameter: string | null;
}

function planTensors({ config, format }: GgufExport): WrittenTensor[] {
  const parameters = parameterShapes(config).map(({ name, shape }) => ({
    name: ggufName(name),
    shape,
    format: shape.length === 1 ? "F32" : formatFor(FORMAT_OF[format], shape),
    parameter: name,
  }));
  if (config.rope_scaling?.rope_type !== "llama3") return parameters;
  return [{ name: ROPE_FACTORS, shape: [config.head_dim / 2], format: "F32", parameter: null }, ...parameters];
}

/** Rows that are not whole blocks are halves, as llama.cpp's converter has them. */
function formatFor(wanted: WrittenFormat, shape: readonly number[]): WrittenFormat {
  return (shape.at(-1) ?? 0) % BLOCK_FORMATS[wanted].blockLength === 0 ? wanted : "F16";
}

/** Numbers encoded and handed over at once; whole blocks. */
const CHUNK_LENGTH = 1024 * 1024;

async function writeTensor(sink: ByteSink, tensor: WrittenTensor, model: GgufExport): Promise<void> {
  const { blockLength, blockBytes } = BLOCK_FORMATS[tensor.format];
  const values = await valuesOf(tensor, model);
  for (let from = 0; from < values.length; from += CHUNK_LENGTH) {
    const chunk = values.subarray(from, from + CHUNK_LENGTH);
    const bytes = new Uint8Array((chunk.length / blockLength) * blockBytes);
    const unfit = QUANTIZE[tensor.format](chunk, bytes);
    if (unfit >= 0) refuseNumber(tensor, model.source, from + unfit, chunk[unfit] ?? 0);
    await sink(bytes);
  }
  const bytes = tensorBytes(tensor);
  if (paddedBytes(bytes) > bytes) await sink(new Uint8Array(paddedBytes(bytes) - bytes));
}

function refuseNumber({ parameter, format }: WrittenTensor, source: string, index: number, value: number): never {
  throw new AepoError("policy", `${source}: tensor "${parameter}" has numbers too large for ${format}`, {
    exists: `${value} at index ${index}`,
    fix: "export to f32",
  });
}

async function valuesOf({ parameter, shape }: WrittenTensor, { config, tensors }: GgufExport): Promise<Float32Array> {
  if (parameter === null) {
    if (config.rope_scaling === null) throw new RangeError("no rope_scaling");
    return ropeFactors(config.head_dim, config.rope_theta, config.rope_scaling);
  }
  const values = await tensors.read(parameter);
  const heads = TRAITS[ARCHITECTURE_OF[config.model_type]].reordersRows ? rotatedHeads(parameter) : null;
  if (heads === null) return values;
  const count = heads === "queries" ? config.num_attention_heads : config.num_key_value_heads;
  return rowsAsNeighbours(values, shape[0] ?? 0, count);
}

/**
 * A GGUF file as a model: config and tokenizer from its metadata, tensors read one at a time, dequantised to float32 and named and
 * laid out as in Hugging Face's checkpoints.
 */
import { type FileHandle, open } from "node:fs/promises";
import { AepoError, messageOf } from "../../std/errors.ts";
import type { ModelFiles, TensorSource } from "../model-files.ts";
import { TRAITS } from "./architectures.ts";
import { BLOCK_FORMATS } from "./block-formats.ts";
import { architectureOf, configFromMetadata } from "./config-from-metadata.ts";
import { type GgufTensor, readGgufHeader } from "./header.ts";
import { Metadata } from "./metadata.ts";
import { rowsInHalves } from "./rotary-rows.ts";
import { huggingFaceName, ROPE_FACTORS, rotatedHeads } from "./tensor-names.ts";
import { tokenizerFromMetadata } from "./tokenizer-from-metadata.ts";

/** Reads the header only. Throws if the file is none, or holds what we do not compute. */
export async function openGguf(path: string): Promise<ModelFiles> {
  const handle = await openFile(path);
  try {
    return await openModel(handle, path);
  } catch (thrown) {
    await handle.close();
    throw thrown;
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (cause) {
    throw new AepoError("policy", `${path} cannot be opened: ${messageOf(cause)}`, { cause });
  }
}

async function openModel(handle: FileHandle, path: string): Promise<ModelFiles> {
  const stat = await handle.stat();
  if (!stat.isFile()) throw new AepoError("policy", `${path} is not a file`, { expected: "a GGUF file" });
  const header = await readGgufHeader({
    name: path,
    bytes: stat.size,
    start: (count) => readBytes(handle, { name: "the header", begin: 0, bytes: count }, path),
  });
  const metadata = new Metadata(header.metadata, path);
  refuseParts(metadata);
  const architecture = architectureOf(metadata);
  const tensors = namedTensors([...header.tensors.values()], path);
  const shapes = new Map([...tensors].map(([name, { shape }]) => [name, shape]));
  const ropeFactors = header.tensors.get(ROPE_FACTORS);
  const factors = ropeFactors === undefined ? null : await readNumbers(handle, ropeFactors, path);
  const config = configFromMetadata(metadata, shapes, factors);
  const heads = { queries: Number(config["num_attention_heads"]), keys: Number(config["num_key_value_heads"]) };
  const source: TensorSource = {
    shapes,
    async read(name) {
      const tensor = tensors.get(name);
      if (tensor === undefined) throw new RangeError(`no tensor ${name} in ${path}`);
      const data = await readNumbers(handle, tensor, path);
      const rotated = TRAITS[architecture].reordersRows ? rotatedHeads(name) : null;
      if (rotated === null) return data;
      return rowsInHalves(data, checkedRows(tensor, heads[rotated], path), heads[rotated]);
    },
    close: () => handle.close(),
  };
  return { source: path, config, tensors: source, tokenizer: tokenizerFromMetadata(metadata) };
}

function refuseParts(metadata: Metadata): void {
  const parts = metadata.count("split.count") ?? 1;
  if (parts <= 1) return;
  throw new AepoError("policy", `${metadata.source} is one of ${parts} parts of a model`, {
    expected: "a model in one file",
    fix: "merge them with llama.cpp's `llama-gguf-split --merge FIRST-PART OUT`",
  });
}

function namedTensors(tensors: readonly GgufTensor[], path: string): Map<string, GgufTensor> {
  const named = new Map<string, GgufTensor>();
  for (const tensor of tensors) {
    if (tensor.name === ROPE_FACTORS) continue;
    const name = huggingFaceName(tensor.name);
    if (name === undefined) {
      throw new AepoError("policy", `${path}: our transformer has no tensor "${tensor.name}"`, {
        expected: "the tensors of Llama, Mistral, Qwen2 or Qwen3",
      });
    }
    named.set(name, tensor);
  }
  return named;
}

function checkedRows({ name, shape }: GgufTensor, heads: number, path: string): number {
  const [rows = 0] = shape;
  if (Number.isInteger(rows / heads / 2)) return rows;
  throw new AepoError("policy", `${path}: tensor "${name}" has ${rows} rows`, {
    expected: `an even number for each of ${heads} heads`,
  });
}

/** Bytes of blocks read and dequantised at once. */
const CHUNK_BYTES = 4 * 1024 * 1024;

async function readNumbers(handle: FileHandle, tensor: GgufTensor, path: string): Promise<Float32Array> {
  const { blockLength, blockBytes, dequantize } = BLOCK_FORMATS[tensor.format];
  const blocks = tensor.bytes / blockBytes;
  const out = new Float32Array(blocks * blockLength);
  const atOnce = Math.max(1, Math.floor(CHUNK_BYTES / blockBytes));
  for (let block = 0; block < blocks; block += atOnce) {
    const count = Math.min(atOnce, blocks - block);
    const part = {
      name: `tensor "${tensor.name}"`,
      begin: tensor.begin + block * blockBytes,
      bytes: count * blockBytes,
    };
    const bytes = await readBytes(handle, part, path);
    dequantize(bytes, out.subarray(block * blockLength, (block + count) * blockLength));
  }
  return out;
}

interface Part {
  readonly name: string;
  readonly begin: number;
  readonly bytes: number;
}

async function readBytes(handle: FileHandle, { name, begin, bytes }: Part, path: string): Promise<Uint8Array> {
  const buffer = new Uint8Array(bytes);
  for (let done = 0; done < bytes; ) {
    const { bytesRead } = await handle.read(buffer, done, bytes - done, begin + done);
    if (bytesRead === 0)
      throw new AepoError("policy", `${path}: the file ends at byte ${begin + done}, within ${name}`);
    done += bytesRead;
  }
  return buffer;
}

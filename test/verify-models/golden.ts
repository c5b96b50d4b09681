/** What golden/tiny-models.py wrote: PyTorch's numbers of one model, or of adapters beside one. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const GOLDEN_FOLDER: string = fileURLToPath(new URL("../../golden/tiny-models/", import.meta.url));

export interface GoldenSequence {
  readonly ids: readonly number[];
  /** [ids, vocabulary], of every position. */
  readonly logits: Float32Array;
  readonly at: readonly {
    readonly temperature: number;
    readonly logprobs: readonly number[];
    readonly entropies: readonly number[];
  }[];
}

export interface GoldenGradient {
  /** Index of the sequence. */
  readonly sequence: number;
  /** The loss is the mean of weight · logprob plus 0.01 · the mean entropy. */
  readonly weights: readonly number[];
  readonly loss: number;
  readonly tensors: ReadonlyMap<string, Float32Array>;
}

export interface Golden {
  readonly sequences: readonly GoldenSequence[];
  readonly gradient: GoldenGradient;
  /** After the first sequence; null for adapters. */
  readonly greedy: readonly number[] | null;
  /** Of adapters: the model they stand beside, and the numbers of both merged. */
  readonly model: string | null;
  readonly merged: readonly GoldenSequence[] | null;
}

export function goldenNames(): string[] {
  return readdirSync(GOLDEN_FOLDER)
    .filter((name) => existsSync(join(GOLDEN_FOLDER, name, "golden.json")))
    .sort();
}

interface File extends Omit<Golden, "sequences" | "merged" | "gradient"> {
  readonly sequences: readonly FileSequence[];
  readonly merged?: readonly FileSequence[];
  readonly gradient: Omit<GoldenGradient, "tensors"> & { readonly tensors: Readonly<Record<string, string>> };
}
type FileSequence = Omit<GoldenSequence, "logits"> & { readonly logits: string };

export function readGolden(name: string): Golden {
  const file = JSON.parse(readFileSync(join(GOLDEN_FOLDER, name, "golden.json"), "utf8")) as File;
  const tensors = Object.entries(file.gradient.tensors).map(([tensor, text]) => [tensor, floats(text)] as const);
  return {
    sequences: sequencesOf(file.sequences),
    gradient: { ...file.gradient, tensors: new Map(tensors) },
    greedy: file.greedy ?? null,
    model: file.model ?? null,
    merged: file.merged === undefined ? null : sequencesOf(file.merged),
  };
}

function sequencesOf(sequences: readonly FileSequence[]): GoldenSequence[] {
  return sequences.map((sequence) => ({ ...sequence, logits: floats(sequence.logits) }));
}

/** Base64 of little-endian float32. */
function floats(text: string): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(text, "base64"));
  return new Float32Array(bytes.buffer);
}

/** Of all golden models, by their class in config.json. */
export function architectureNames(): string[] {
  const configs = goldenNames().map((name) => join(GOLDEN_FOLDER, name, "config.json"));
  const classes = configs.filter(existsSync).flatMap((path) => {
    const { architectures } = JSON.parse(readFileSync(path, "utf8")) as { readonly architectures: readonly string[] };
    return architectures;
  });
  return [...new Set(classes)].sort();
}

/**
 * What a model is in files, whatever their format: the objects of Hugging Face's JSON files, and tensors that are read one
 * at a time, so that a model need not fit in memory twice.
 */
import type { TokenizerFiles } from "../chat/tokenizer-files.ts";
import type { JsonObject } from "../std/json.ts";

export interface TensorSource {
  /** Shapes by name, names and layout as in Hugging Face's checkpoints: matrices [out, in], row-major. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** The numbers of one tensor as float32. Rejects if there is none of that name, or the file is cut short. */
  read(name: string): Promise<Float32Array>;
  close(): Promise<void>;
}

export interface ModelFiles {
  /** For messages: the path or `hf://` name. */
  readonly source: string;
  /** config.json, or what it would be. */
  readonly config: JsonObject;
  readonly tensors: TensorSource;
  /** Null where the model comes without one. */
  readonly tokenizer: TokenizerFiles | null;
}

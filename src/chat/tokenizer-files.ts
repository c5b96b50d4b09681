/** A tokenizer in files: the objects of Hugging Face's JSON files, wherever they came from. */
import type { JsonObject } from "../std/json.ts";

export interface TokenizerFiles {
  /** tokenizer.json. */
  readonly tokenizer: JsonObject;
  /** tokenizer_config.json, with `chat_template` in it wherever the files had it. */
  readonly config: JsonObject;
}

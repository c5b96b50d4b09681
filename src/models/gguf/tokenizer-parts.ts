/** What differs between kinds of tokenizer in tokenizer.json: text to pieces, pieces to tokens, tokens to text. */
import type { Json, JsonObject } from "../../std/json.ts";

export interface TokenizerParts extends JsonObject {
  readonly normalizer: Json;
  readonly pre_tokenizer: Json;
  readonly model: JsonObject;
  readonly decoder: JsonObject;
}

/**
 * What this process needs of a model that is computed elsewhere: its tokenizer, and of its config how long a sequence may be and how
 * many tokens there are. Weights are not needed, and the architecture may be one that is not computed here.
 */
import { z } from "zod";
import { openGguf } from "../models/gguf/open-gguf.ts";
import { downloadTokenizer } from "../models/hub/download-tokenizer.ts";
import { isHubSpec } from "../models/hub/spec.ts";
import { CONFIG, listFolder } from "../models/hugging-face/folder.ts";
import { readJsonFile } from "../models/hugging-face/read-file.ts";
import { readTokenizer } from "../models/hugging-face/tokenizer.ts";
import type { TokenizerFiles } from "../chat/tokenizer-files.ts";
import type { Tokenizer } from "../policy/tokenizer.ts";
import { AepoError } from "../std/errors.ts";
import type { JsonObject } from "../std/json.ts";
import { checkpointFolder } from "./checkpoint-folder.ts";
import { tokenizerOf } from "./open-model.ts";

export interface TokenizerOfModel {
  readonly tokenizer: Tokenizer;
  /** Rows of the model's output; some are no tokens of the tokenizer. */
  readonly vocabularySize: number;
  /** Longest sequence the model was made for. */
  readonly maxSequenceTokens: number;
  /** config.json as it is. */
  readonly config: JsonObject;
}

const CONFIG_LIMITS = { bytes: 4_000_000, values: 200_000 };

const sizesSchema = z.object({ vocab_size: z.int().positive(), max_position_embeddings: z.int().positive() });

/** Of a model folder, a GGUF file, hf://owner/name, bundled:NAME or a run. */
export async function openTokenizer(name: string): Promise<TokenizerOfModel> {
  const place = isHubSpec(name) ? await downloadTokenizer(name) : name;
  if (place.toLowerCase().endsWith(".gguf")) return ofGguf(place);
  const folder = await listFolder(checkpointFolder(place));
  if (!folder.has(CONFIG)) {
    throw new AepoError("config", `${folder.path} has no ${CONFIG}`, {
      expected: `${CONFIG} and tokenizer.json of the server's base model (policy.tokenizer)`,
      exists: folder.listing(),
    });
  }
  return described(name, await readJsonFile(folder.file(CONFIG), CONFIG_LIMITS), await readTokenizer(folder));
}

async function ofGguf(path: string): Promise<TokenizerOfModel> {
  const { config, tokenizer, tensors } = await openGguf(path);
  await tensors.close();
  return described(path, config, tokenizer);
}

function described(name: string, config: JsonObject, files: TokenizerFiles | null): TokenizerOfModel {
  if (files === null) {
    throw new AepoError("config", `${name} has no tokenizer`, {
      expected: "tokenizer.json in a model's folder, tokenizer.ggml.model in a GGUF file",
      fix: "set policy.tokenizer to the base model's own folder",
    });
  }
  // Models that also see pictures keep the sizes of their language part apart.
  const parsed = sizesSchema.safeParse("vocab_size" in config ? config : config["text_config"]);
  if (!parsed.success) {
    throw new AepoError("config", `${CONFIG} of ${name} does not say how large the model is`, {
      expected: "vocab_size and max_position_embeddings",
      exists: z.prettifyError(parsed.error),
    });
  }
  const { vocab_size: vocabularySize, max_position_embeddings: maxSequenceTokens } = parsed.data;
  return { tokenizer: tokenizerOf(files), vocabularySize, maxSequenceTokens, config };
}

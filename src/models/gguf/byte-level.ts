/** Byte-level BPE as tokenizer.json's: tokens are spelled in GPT-2's alphabet of bytes, and merges come with the file. */
import { AepoError } from "../../std/errors.ts";
import type { Metadata } from "./metadata.ts";
import { PRE_TOKENIZERS, type PreTokenizer, preTokenizerJson } from "./pre-tokenizers.ts";
import type { TokenizerParts } from "./tokenizer-parts.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** Throws if the file's name for it is not one of those known. */
export function preTokenizerOf(metadata: Metadata): PreTokenizer {
  const name = metadata.text("tokenizer.ggml.pre") ?? "default";
  const found = PRE_TOKENIZERS.find(({ names }) => names.includes(name));
  if (found !== undefined) return found;
  throw new AepoError("policy", `${metadata.source}: the pre-tokenizer "${name}" is not known`, {
    expected: PRE_TOKENIZERS.flatMap(({ names }) => names).join(", "),
  });
}

export function byteLevelParts(metadata: Metadata, { ids }: Vocabulary, pre: PreTokenizer): TokenizerParts {
  const key = "tokenizer.ggml.merges";
  const merges = metadata.required(metadata.texts(key), key).map((text) => mergeOf(metadata, text, ids));
  return {
    normalizer: pre.composed ? { type: "NFC" } : null,
    pre_tokenizer: preTokenizerJson(pre),
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: pre.ignoreMerges,
      vocab: Object.fromEntries(ids),
      merges,
    },
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
  };
}

/** "LEFT RIGHT", of which LEFT may begin with a space. */
function mergeOf(metadata: Metadata, text: string, ids: ReadonlyMap<string, number>): [string, string] {
  const space = text.indexOf(" ", 1);
  const [left, right] = [text.slice(0, space), text.slice(space + 1)];
  if (space > 0 && ids.has(left) && ids.has(right) && ids.has(left + right)) return [left, right];
  throw new AepoError("policy", `${metadata.source}: the merge ${JSON.stringify(text)} is not of two tokens into one`, {
    expected: '"LEFT RIGHT", both tokens, and so what they make together',
  });
}

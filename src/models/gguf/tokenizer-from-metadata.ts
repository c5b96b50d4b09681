/**
 * Hugging Face's tokenizer.json and tokenizer_config.json from a GGUF file's metadata: the same ids for the same text. Byte-level
 * BPE ("gpt2") and SentencePiece's BPE ("llama") are read.
 */
import type { TokenizerFiles } from "../../chat/tokenizer-files.ts";
import { AepoError } from "../../std/errors.ts";
import type { Json, JsonObject } from "../../std/json.ts";
import { byteLevelParts, preTokenizerOf } from "./byte-level.ts";
import type { Metadata } from "./metadata.ts";
import { sentencePieceParts } from "./sentencepiece.ts";
import { TOKEN_TYPES, type Vocabulary, vocabularyOf } from "./vocabulary.ts";

/** Null if the file has none. Throws on one that is not read. */
export function tokenizerFromMetadata(metadata: Metadata): TokenizerFiles | null {
  const kind = metadata.text("tokenizer.ggml.model") ?? "none";
  if (kind === "none" || kind === "no_vocab") return null;
  if (kind !== "gpt2" && kind !== "llama") {
    throw new AepoError("policy", `${metadata.source}: the tokenizer "${kind}" is not read`, {
      expected: "gpt2 (byte-level BPE) or llama (SentencePiece)",
    });
  }
  const vocabulary = vocabularyOf(metadata);
  const pre = kind === "gpt2" ? preTokenizerOf(metadata) : null;
  const parts = pre === null ? sentencePieceParts(metadata, vocabulary) : byteLevelParts(metadata, vocabulary, pre);
  const begins = metadata.flag("tokenizer.ggml.add_bos_token") ?? pre?.addsBegin ?? true;
  const ends = metadata.flag("tokenizer.ggml.add_eos_token") ?? false;
  const tokenizer = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: addedTokens(vocabulary),
    ...parts,
    post_processor: postProcessor(metadata, vocabulary, begins, ends),
  };
  return { tokenizer, config: configOf(metadata, vocabulary, begins, ends) };
}

interface AddedToken extends JsonObject {
  readonly id: number;
}

/** Tokens that are found in the text as they are, before anything else. */
function addedTokens({ tokens, types }: Vocabulary): AddedToken[] {
  return tokens.flatMap((content, id) => {
    const type = types[id];
    if (type !== TOKEN_TYPES.control && type !== TOKEN_TYPES.userDefined) return [];
    const special = type === TOKEN_TYPES.control;
    return [{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special }];
  });
}

function postProcessor(metadata: Metadata, vocabulary: Vocabulary, begins: boolean, ends: boolean): JsonObject | null {
  if (!begins && !ends) return null;
  const token = (name: string): string =>
    metadata.required(vocabulary.special(name), `tokenizer.ggml.${name}_token_id`);
  const before = begins ? [token("bos")] : [];
  const after = ends ? [token("eos")] : [];
  const around = (sequences: readonly string[]): Json[] =>
    sequences.flatMap((id, type_id) => [
      ...before.map((special) => ({ SpecialToken: { id: special, type_id } })),
      { Sequence: { id, type_id } },
      ...after.map((special) => ({ SpecialToken: { id: special, type_id } })),
    ]);
  return {
    type: "TemplateProcessing",
    single: around(["A"]),
    pair: around(["A", "B"]),
    special_tokens: Object.fromEntries(
      [...before, ...after].map((id) => [id, { id, ids: [vocabulary.ids.get(id) ?? 0], tokens: [id] }]),
    ),
  };
}

function configOf(metadata: Metadata, vocabulary: Vocabulary, begins: boolean, ends: boolean): JsonObject {
  const { special } = vocabulary;
  const template = chatTemplate(metadata);
  return {
    tokenizer_class: "PreTrainedTokenizerFast",
    bos_token: special("bos") ?? null,
    eos_token: special("eos") ?? null,
    unk_token: special("unknown") ?? null,
    pad_token: special("padding") ?? null,
    add_bos_token: begins,
    add_eos_token: ends,
    // What the model wrote is what is shown.
    clean_up_tokenization_spaces: false,
    added_tokens_decoder: Object.fromEntries(addedTokens(vocabulary).map(({ id, ...token }) => [String(id), token])),
    ...(template === null ? {} : { chat_template: template }),
  };
}

/** One text, or a list of named ones. */
function chatTemplate(metadata: Metadata): Json {
  const main = metadata.text("tokenizer.chat_template");
  const named = metadata.texts("tokenizer.chat_templates") ?? [];
  const others = named.map((name) => {
    const key = `tokenizer.chat_template.${name}`;
    return { name, template: metadata.required(metadata.text(key), key) };
  });
  if (others.length === 0) return main ?? null;
  return [...(main === undefined ? [] : [{ name: "default", template: main }]), ...others];
}

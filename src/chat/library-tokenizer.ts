/**
 * @huggingface/tokenizers, made to give the ids of Hugging Face's Rust library. Tokens that are markup get names that no text
 * contains (lone surrogates, which text is freed of), so that one tokenizer reads both plain text and text with markup in it.
 * What the JavaScript library does otherwise than the Rust one is written in other words, or refused:
 * - Digits: ASCII's only, where Rust has \p{N}; a byte-level regular expression with JavaScript's white space;
 * - Metaspace: does not split between words, so that merges could reach over them;
 * - behaviours of Split other than Isolated and Removed, and words that are to be found only alone, are ignored.
 */
import { Tokenizer as LibraryTokenizer } from "@huggingface/tokenizers";
import { AepoError, messageOf } from "../std/errors.ts";
import type { Json, JsonObject } from "../std/json.ts";
import { isObject, refused } from "./token-bytes.ts";

/** The name of a token inside the library. */
export function privateName(id: number): string {
  return `\ud800${id}\ud800`;
}

/** Ids of a text in which tokens that are `markup` (ids by text) have their private names. */
export function openLibrary(tokenizer: JsonObject, markup: ReadonlyMap<string, number>): (text: string) => number[] {
  const renamed = {
    normalizer: checkNormalizer(tokenizer["normalizer"] ?? null),
    pre_tokenizer: preTokenizer(tokenizer["pre_tokenizer"] ?? null),
    model: modelWithPrivateNames(tokenizer["model"] as JsonObject, markup),
    decoder: null,
    post_processor: null,
    added_tokens: ((tokenizer["added_tokens"] ?? []) as readonly JsonObject[]).map((token, i) => {
      if (token["single_word"] === true) throw refused(`added_tokens[${i}].single_word`, "false", true);
      const { content } = token;
      const id = typeof content === "string" ? markup.get(content) : undefined;
      return id === undefined ? token : { ...token, content: privateName(id) };
    }),
  };
  try {
    const library = new LibraryTokenizer(renamed, {});
    // The library has no ids for no text.
    return (text) => (text === "" ? [] : library.encode(text, { add_special_tokens: false }).ids);
  } catch (thrown) {
    throw new AepoError("policy", `tokenizer.json cannot be used: ${messageOf(thrown)}`, { cause: thrown });
  }
}

/** Added tokens are in many vocabularies a second time: plain text must not find them there. */
function modelWithPrivateNames(model: JsonObject, markup: ReadonlyMap<string, number>): JsonObject {
  const name = (token: Json): Json => {
    const id = typeof token === "string" ? markup.get(token) : undefined;
    return id === undefined ? token : privateName(id);
  };
  const { vocab, unk_token: unknown = null } = model;
  if (Array.isArray(vocab)) {
    return {
      ...model,
      vocab: (vocab as readonly (readonly Json[])[]).map(([token = "", score = 0]) => [name(token), score]),
    };
  }
  const entries = Object.entries(vocab as JsonObject);
  const isListed = entries.some(([token]) => markup.has(token));
  if (!isListed) return model;
  return {
    ...model,
    unk_token: name(unknown),
    vocab: Object.fromEntries(entries.map(([token, id]) => [name(token), id])),
  };
}

const NORMALIZERS = ["Sequence", "NFC", "NFD", "NFKC", "NFKD", "Prepend", "Replace", "Lowercase", "Strip"];

function checkNormalizer(step: Json): Json {
  if (step === null) return null;
  const { type, normalizers } = isObject(step) ? step : {};
  if (!NORMALIZERS.some((known) => known === type)) throw refused("normalizer", NORMALIZERS.join(", "), type ?? step);
  if (Array.isArray(normalizers)) for (const inner of normalizers as readonly Json[]) checkNormalizer(inner);
  return step;
}

/** GPT-2's; the library compiles it with Rust's idea of white space. */
const GPT2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
const split = (Regex: string): JsonObject => {
  return { type: "Split", pattern: { Regex }, behavior: "Isolated", invert: false };
};
const sequence = (...pretokenizers: JsonObject[]): JsonObject => ({ type: "Sequence", pretokenizers });

function preTokenizer(step: Json): Json {
  if (step === null) return null;
  const { type, ...fields } = isObject(step) ? step : {};
  switch (type) {
    case "Sequence": {
      const inner = fields["pretokenizers"];
      if (!Array.isArray(inner)) throw refused("pre_tokenizer.pretokenizers", "a list", inner);
      return sequence(...(inner as readonly Json[]).map((each) => preTokenizer(each) as JsonObject));
    }
    case "Digits":
      return split(fields["individual_digits"] === true ? "\\p{N}" : "\\p{N}+");
    case "ByteLevel":
      if (fields["use_regex"] === false || fields["add_prefix_space"] === true) return step;
      return sequence(split(GPT2), { ...(step as JsonObject), use_regex: false });
    case "Metaspace": {
      const { replacement } = fields;
      const mark = typeof replacement === "string" ? replacement : "▁";
      return fields["split"] === false ? step : sequence(step as JsonObject, split(`${mark}[^${mark}]*|[^${mark}]+`));
    }
    case "Split": {
      const { behavior, invert } = fields;
      const isKnown = behavior === "Isolated" || behavior === "Removed";
      if (!isKnown || invert === true)
        throw refused("pre_tokenizer.behavior", "Isolated or Removed, not inverted", behavior);
      return step;
    }
    default:
      throw refused("pre_tokenizer", "Sequence, Split, ByteLevel, Digits or Metaspace", type ?? step);
  }
}

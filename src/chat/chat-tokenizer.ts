/**
 * The tokenizer of a pretrained model. Text is plain unless it is said to be markup: `encode` reads "<|im_end|>" in a message,
 * a tool's result or a question as the characters it is made of, `encodeMarkup` as the special token. No token is ever added
 * at an end: what a model wants to see first or last is in its chat template.
 */
import { Tokenizer as LibraryTokenizer } from "@huggingface/tokenizers";
import type { Tokenizer } from "../policy/tokenizer.ts";
import { AepoError, messageOf } from "../std/errors.ts";
import type { JsonObject } from "../std/json.ts";
import { addedTokens, tokenBytes } from "./token-bytes.ts";
import type { TokenizerFiles } from "./tokenizer-files.ts";

export interface ChatTokenizer extends Tokenizer {
  /** Special tokens in the text are special. */
  encodeMarkup(text: string): number[];
  /** Texts of the special tokens, with their ids. */
  readonly specialTokens: ReadonlyMap<string, number>;
  readonly source: TokenizerFiles;
}

/** Throws on a kind of tokenizer that is not implemented. */
export function chatTokenizer(source: TokenizerFiles): ChatTokenizer {
  const bytes = tokenBytes(source.tokenizer);
  const special = addedTokens(source.tokenizer).filter((token) => token.special);
  const markup = openLibrary(source.tokenizer, source.config);
  const plain = openLibrary(withoutSpecial(source.tokenizer), { ...source.config, additional_special_tokens: [] });
  // A model's vocabulary is often larger than its tokenizer's: what nobody ever wrote stands for nothing.
  const bytesOf = (id: number): Uint8Array => bytes[id] ?? new Uint8Array();
  const decode = (ids: readonly number[]): string => textOf(ids.map(bytesOf));
  return {
    source,
    vocabularySize: bytes.length,
    specialTokens: new Map(special.map(({ content, id }) => [content, id])),
    encode: (text) => encodeWith(plain, text),
    encodeMarkup: (text) => encodeWith(markup, text),
    decode,
    token: (id) => decode([id]),
    bytes: bytesOf,
    stopConditions: (texts) => ({ stop: [], stopTexts: texts }),
    files: () => ({
      "tokenizer.json": `${JSON.stringify(source.tokenizer)}\n`,
      "tokenizer_config.json": `${JSON.stringify(source.config, null, 2)}\n`,
    }),
  };
}

function openLibrary(tokenizer: JsonObject, config: JsonObject): LibraryTokenizer {
  try {
    return new LibraryTokenizer(tokenizer, config);
  } catch (thrown) {
    throw new AepoError("policy", `tokenizer.json cannot be used: ${messageOf(thrown)}`, { cause: thrown });
  }
}

function encodeWith(library: LibraryTokenizer, text: string): number[] {
  // The library has no ids for no text.
  return text === "" ? [] : library.encode(text, { add_special_tokens: false }).ids;
}

function withoutSpecial(tokenizer: JsonObject): JsonObject {
  const special = new Set(addedTokens(tokenizer).flatMap(({ id, special: is }) => (is ? [id] : [])));
  const kept = tokenizer["added_tokens"];
  const entries = Array.isArray(kept) ? (kept as readonly JsonObject[]) : [];
  return { ...tokenizer, added_tokens: entries.filter(({ id }) => !special.has(Number(id))) };
}

/** Bytes that are no UTF-8, such as a character cut in half, become U+FFFD. */
function textOf(pieces: readonly Uint8Array[]): string {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(whole);
}

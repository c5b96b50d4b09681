/**
 * The bytes that each token of a tokenizer.json stands for. Added tokens stand for their text; the others are spelled as the
 * decoder says: in the byte alphabet (byte-level BPE), or with ▁ for a space and <0x0A> for a byte (SentencePiece).
 */
import { AepoError } from "../std/errors.ts";
import type { Json, JsonObject } from "../std/json.ts";
import { byteAlphabet } from "./byte-alphabet.ts";

/** One entry a token id, from 0 to the largest; ids that no token has stand for no bytes. */
export function tokenBytes(tokenizer: JsonObject): readonly Uint8Array[] {
  const spell = spellingOf(tokenizer);
  const encoder = new TextEncoder();
  const bytes: Uint8Array[] = [];
  for (const [token, id] of vocabularyOf(tokenizer)) bytes[id] = spell(token);
  for (const { id, content } of addedTokens(tokenizer)) bytes[id] = encoder.encode(content);
  return Array.from(bytes, (found) => found ?? new Uint8Array());
}

export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
}

export function addedTokens(tokenizer: JsonObject): AddedToken[] {
  const list = tokenizer["added_tokens"] ?? [];
  if (!Array.isArray(list)) throw refused("added_tokens", "a list");
  return (list as readonly Json[]).map((entry, i) => {
    const { id, content, special = false } = isObject(entry) ? entry : {};
    if (!isId(id)) throw refused(`added_tokens[${i}].id`, "a token id", id);
    if (typeof content !== "string" || content === "") throw refused(`added_tokens[${i}].content`, "a text", content);
    return { id, content, special: special === true };
  });
}

/** Tokens are numbered without large gaps: an id far beyond the number of tokens would fill the memory. */
const MOST_TOKENS = 10_000_000;

function isId(id: unknown): id is number {
  return typeof id === "number" && Number.isSafeInteger(id) && id >= 0 && id < MOST_TOKENS;
}

export function vocabularyOf(tokenizer: JsonObject): [string, number][] {
  const model = tokenizer["model"];
  const vocab = isObject(model) ? model["vocab"] : undefined;
  const type = isObject(model) ? model["type"] : undefined;
  if (type !== undefined && type !== "BPE" && type !== "Unigram") {
    throw refused("model.type", "BPE or Unigram", type);
  }
  const entries = Array.isArray(vocab)
    ? // Unigram: [token, score], the id is the place.
      (vocab as readonly Json[]).map((entry, id) => [Array.isArray(entry) ? entry[0] : entry, id] as const)
    : isObject(vocab)
      ? Object.entries(vocab)
      : undefined;
  if (entries === undefined) throw refused("model.vocab", "an object of token ids, or a list");
  return entries.map(([token, id]) => {
    if (typeof token !== "string") throw refused("model.vocab", "texts", token);
    if (!isId(id)) throw refused(`model.vocab[${JSON.stringify(token)}]`, "a token id", id);
    return [token, id];
  });
}

function spellingOf(tokenizer: JsonObject): (token: string) => Uint8Array {
  const kinds = decoderKinds(tokenizer["decoder"] ?? null);
  const encoder = new TextEncoder();
  if (kinds.includes("ByteLevel")) {
    const alphabet = byteAlphabet();
    return (token) => {
      const bytes = Array.from(token, (character) => alphabet.get(character));
      // What is not spelled in the alphabet is a token of its own, such as an added one listed in the vocabulary as well.
      return bytes.every((byte) => byte !== undefined) ? Uint8Array.from(bytes) : encoder.encode(token);
    };
  }
  if (kinds.includes("ByteFallback") || kinds.includes("Metaspace")) {
    return (token) => {
      const byte = /^<0x([0-9A-F]{2})>$/.exec(token)?.[1];
      return byte === undefined ? encoder.encode(token.replaceAll("▁", " ")) : Uint8Array.of(Number.parseInt(byte, 16));
    };
  }
  throw refused("decoder", "ByteLevel, ByteFallback or Metaspace", kinds.join(", ") || null);
}

export function decoderKinds(decoder: Json): string[] {
  if (!isObject(decoder)) return [];
  const { type, decoders } = decoder;
  const inner = Array.isArray(decoders) ? (decoders as readonly Json[]).flatMap(decoderKinds) : [];
  return typeof type === "string" ? [type, ...inner] : inner;
}

export function refused(field: string, expected: string, found?: unknown): AepoError {
  const exists = found === undefined ? {} : { exists: JSON.stringify(found) ?? "nothing" };
  return new AepoError("policy", `tokenizer.json: ${field} is not implemented or damaged`, { expected, ...exists });
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

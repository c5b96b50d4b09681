/**
 * Which added tokens are markup: what templates and dialects write and text does not. Special tokens are, and so are tags that a
 * tokenizer lists without the mark (Qwen's `<tool_call>` and `<think>`). Other added tokens are words like any: runs of white space,
 * words of a trade, and pieces of a SentencePiece vocabulary (Gemma's HTML), which models have read in ordinary text.
 */
import type { JsonObject } from "../std/json.ts";
import { type AddedToken, decoderKinds, vocabularyOf } from "./token-bytes.ts";
import type { TokenizerFiles } from "./tokenizer-files.ts";

export interface MarkupTokens {
  readonly specialTokens: ReadonlyMap<string, number>;
  readonly tagTokens: ReadonlyMap<string, number>;
}

export function markupTokens({ tokenizer, config }: TokenizerFiles, added: readonly AddedToken[]): MarkupTokens {
  // In byte-level files a listed tag says nothing: GGUF lists every token.
  const isByteLevel = decoderKinds(tokenizer["decoder"] ?? null).includes("ByteLevel");
  const pieces = new Set(isByteLevel ? [] : vocabularyOf(tokenizer).map(([text]) => text));
  const isTag = ({ content, special }: AddedToken): boolean =>
    !special && /^(?:<.+>|\[.+\])$/.test(content) && (!pieces.has(content) || isWritten(content, config));
  const idsOf = (tokens: readonly AddedToken[]): Map<string, number> =>
    new Map(tokens.map(({ content, id }) => [content, id]));
  return { specialTokens: idsOf(added.filter(({ special }) => special)), tagTokens: idsOf(added.filter(isTag)) };
}

/** Whether the template writes it, or the tag that it opens or closes. */
function isWritten(tag: string, config: JsonObject): boolean {
  const template = config["chat_template"];
  if (typeof template !== "string") return false;
  const opening = tag.replace(/^<\//, "<");
  return template.includes(opening) || template.includes(opening.replace("<", "</"));
}

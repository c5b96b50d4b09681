/**
 * A text with special tokens and tags in it, for tokenizers that have some. What is not said to be one is plain: "<|im_end|>" or
 * "</tool_response>" in a tool's result is the characters it is made of, whoever wrote them. A plain string is plain throughout.
 */
import { AepoError } from "../std/errors.ts";
import type { Tokenizer } from "./tokenizer.ts";

export type TextPart =
  /** A special token, which the tokenizer must have. */
  | { readonly special: string }
  /** A dialect's own tag: one token where the tokenizer has it, plain text elsewhere. */
  | { readonly tag: string }
  | { readonly plain: string };

export type Text = string | readonly TextPart[];

/** As it looks, special tokens by their text: for logs and displays, never to be encoded again. */
export function plainText(text: Text): string {
  return partsOf(text).map(textOf).join("");
}

/** One text behind the other; of strings alone, a string. */
export function joinText(...texts: readonly Text[]): Text {
  if (texts.every((text) => typeof text === "string")) return texts.join("");
  return texts.flatMap(partsOf);
}

/**
 * Its tokens. Plain parts that touch are encoded together, so that tokens form across their border as they would in a whole
 * prompt. Throws on a special token that the tokenizer does not have.
 */
export function encodeText(tokenizer: Tokenizer, text: Text): number[] {
  const ids: number[] = [];
  let plain = "";
  for (const part of partsOf(text)) {
    const id = tokenOf(tokenizer, part);
    if (id === undefined) plain += textOf(part);
    else {
      ids.push(...encodePlain(tokenizer, plain), id);
      plain = "";
    }
  }
  ids.push(...encodePlain(tokenizer, plain));
  return ids;
}

/** The one token that a part is, if it is one. */
function tokenOf(tokenizer: Tokenizer, part: TextPart): number | undefined {
  if ("plain" in part) return undefined;
  return "tag" in part ? tokenizer.tagTokens?.get(part.tag) : specialToken(tokenizer, part.special);
}

/** Throws if there is none of that text. */
function specialToken({ specialTokens = new Map() }: Tokenizer, text: string): number {
  const id = specialTokens.get(text);
  if (id !== undefined) return id;
  const known = [...specialTokens.keys()];
  throw new AepoError("policy", `the tokenizer has no special token ${text}`, {
    exists: known.length === 0 ? "none" : `${known.slice(0, 8).join(", ")}${known.length > 8 ? " …" : ""}`,
    fix: "use a dialect that the model was trained on, or the plain tags",
  });
}

function encodePlain(tokenizer: Tokenizer, text: string): number[] {
  return text === "" ? [] : tokenizer.encode(text);
}

function textOf(part: TextPart): string {
  if ("plain" in part) return part.plain;
  return "tag" in part ? part.tag : part.special;
}

function partsOf(text: Text): readonly TextPart[] {
  return typeof text === "string" ? [{ plain: text }] : text;
}

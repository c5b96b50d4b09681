/**
 * Scores that make SentencePiece's BPE join as tokenizer.json's merges do: the earlier a token is first made, the higher. They exist
 * only where the merges are all ways to make each token, token by token, which is checked.
 */
import { AepoError } from "../../std/errors.ts";
import type { Json } from "../../std/json.ts";
import { mergesOf } from "./sentencepiece.ts";
import type { BpeTokenizer } from "./tokenizer-schemas.ts";

export interface SentencePieceScores {
  /** By id. */
  readonly scores: readonly number[];
  /** A space is put before the text. */
  readonly prefixed: boolean;
}

export function sentencePieceScores(
  { model, normalizer, pre_tokenizer }: BpeTokenizer,
  tokens: readonly string[],
  types: readonly number[],
): SentencePieceScores {
  const prefixed = isPrefixed(normalizer, pre_tokenizer);
  if (prefixed === undefined) {
    throw new AepoError("policy", "tokenizer.json has byte_fallback, but does not cut text as SentencePiece does", {
      exists: JSON.stringify({ normalizer, pre_tokenizer }).slice(0, 400),
      fix: "export to Hugging Face's format",
    });
  }
  const rank = new Map<string, number>();
  for (const pair of model.merges) {
    const made = pair.join("");
    if (!rank.has(made)) rank.set(made, rank.size);
  }
  const scores = tokens.map((token) => -(rank.get(token) ?? rank.size));
  const ids = new Map(tokens.map((token, index) => [token, index]));
  const again = mergesOf({ tokens, types, ids }, scores);
  if (grouped(again) === grouped(model.merges)) return { scores, prefixed };
  throw new AepoError("policy", "no scores make SentencePiece join as the merges of tokenizer.json do", {
    expected: `${again.length} merges, all ways to make each token, one token after the other`,
    exists: `${model.merges.length} merges`,
    fix: "export to Hugging Face's format",
  });
}

/** Equal for lists that make the same tokens in the same order of the same pairs. */
function grouped(merges: readonly (readonly [string, string])[]): string {
  const pairs = new Map<string, string[]>();
  for (const [left, right] of merges) {
    const made = left + right;
    const known = pairs.get(made);
    if (known === undefined) pairs.set(made, [left]);
    else known.push(left);
  }
  return JSON.stringify([...pairs].map(([made, lefts]) => [made, lefts.toSorted()]));
}

const SPACE = "\u2581";

/** Undefined for anything but spaces made "▁", with or without one more before the text. */
function isPrefixed(normalizer: Json, preTokenizer: Json): boolean | undefined {
  const replace = JSON.stringify({ type: "Replace", pattern: { String: " " }, content: SPACE });
  const prepend = JSON.stringify({ type: "Prepend", prepend: SPACE });
  const steps = stepsOf(normalizer)
    .map((step) => JSON.stringify(step))
    .join();
  if (preTokenizer === null) return steps === replace ? false : steps === `${prepend},${replace}` ? true : undefined;
  const metaspace = preTokenizer as { readonly [key: string]: Json };
  const isWhole =
    metaspace["type"] === "Metaspace" && metaspace["split"] === false && metaspace["replacement"] === SPACE;
  return isWhole && steps === "" ? metaspace["prepend_scheme"] !== "never" : undefined;
}

function stepsOf(normalizer: Json): readonly Json[] {
  if (normalizer === null) return [];
  const steps = (normalizer as { readonly normalizers?: Json }).normalizers;
  return Array.isArray(steps) ? (steps as readonly Json[]) : [normalizer];
}

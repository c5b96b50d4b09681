/**
 * SentencePiece's BPE as tokenizer.json's, the way transformers converts it: SentencePiece joins the neighbours that make the token
 * of the highest score, so the merges are all ways to make a token of two, best score first. Characters that are no token become
 * the tokens of their bytes.
 */
import { AepoError } from "../../std/errors.ts";
import type { Json } from "../../std/json.ts";
import type { Metadata } from "./metadata.ts";
import type { TokenizerParts } from "./tokenizer-parts.ts";
import { TOKEN_TYPES, type Vocabulary } from "./vocabulary.ts";

/** Stands for a space. */
const SPACE = "\u2581";

export function sentencePieceParts(metadata: Metadata, vocabulary: Vocabulary): TokenizerParts {
  const key = "tokenizer.ggml.scores";
  const scores = metadata.required(metadata.numbers(key), key);
  if (scores.length !== vocabulary.tokens.length) {
    throw new AepoError("policy", `${metadata.source}: ${scores.length} scores`, {
      expected: `${vocabulary.tokens.length}, one a token`,
    });
  }
  const long = vocabulary.tokens.findIndex((token) => token.length > MAX_TOKEN_LENGTH);
  if (long >= 0) {
    throw new AepoError(
      "policy",
      `${metadata.source}: token ${long} is ${vocabulary.tokens[long]?.length} characters long`,
      {
        expected: `at most ${MAX_TOKEN_LENGTH}`,
      },
    );
  }
  const prefixed = metadata.flag("tokenizer.ggml.add_space_prefix") ?? true;
  const spaces = { type: "Replace", pattern: { String: " " }, content: SPACE };
  return {
    normalizer: { type: "Sequence", normalizers: [...(prefixed ? [{ type: "Prepend", prepend: SPACE }] : []), spaces] },
    pre_tokenizer: null,
    model: {
      type: "BPE",
      dropout: null,
      unk_token: vocabulary.special("unknown") ?? null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: true,
      byte_fallback: true,
      ignore_merges: false,
      vocab: Object.fromEntries(vocabulary.ids),
      merges: mergesOf(vocabulary, scores),
    },
    decoder: {
      type: "Sequence",
      decoders: [
        { type: "Replace", pattern: { String: SPACE }, content: " " },
        { type: "ByteFallback" },
        { type: "Fuse" },
        ...(prefixed ? [{ type: "Strip", content: " ", start: 1, stop: 0 }] : []),
      ] satisfies Json[],
    },
  };
}

/** SentencePiece's own limit is 16 characters; time and memory grow with the square. */
const MAX_TOKEN_LENGTH = 256;

interface Merge {
  readonly pair: readonly [string, string];
  readonly score: number;
}

/** Best first; of equal scores, the longer left side first, as transformers has it. */
export function mergesOf(
  { tokens, types, ids }: Pick<Vocabulary, "tokens" | "types" | "ids">,
  scores: readonly number[],
): [string, string][] {
  const isNormal = (text: string): boolean => types[ids.get(text) ?? -1] === TOKEN_TYPES.normal;
  const merges: Merge[] = [];
  for (const [id, token] of tokens.entries()) {
    if (types[id] !== TOKEN_TYPES.normal) continue;
    for (const pair of cuts(token)) {
      if (isNormal(pair[0]) && isNormal(pair[1])) merges.push({ pair, score: scores[id] ?? 0 });
    }
  }
  const ordered = merges.toSorted(
    (a, b) =>
      b.score - a.score ||
      [...b.pair[0]].length - [...a.pair[0]].length ||
      [...b.pair[1]].length - [...a.pair[1]].length,
  );
  return ordered.map(({ pair: [left, right] }) => [left, right]);
}

/** All ways to cut a text in two, between characters. */
function cuts(token: string): [string, string][] {
  const found: [string, string][] = [];
  let at = 0;
  for (const character of token) {
    if (at > 0) found.push([token.slice(0, at), token.slice(at)]);
    at += character.length;
  }
  return found;
}

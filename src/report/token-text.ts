/**
 * The text of each token of a turn. The tree keeps a turn's text and its token ids, not a text a token; where a
 * tokenizer is at hand its tokens are found again in the text, else a text of as many words as tokens is cut at spaces.
 */
import type { PolicyTurn } from "../rollout/tree.ts";

export interface TextToken {
  /** White space before it, as written. */
  readonly before: string;
  readonly text: string;
}

/** Text of one token id. */
export type TokenText = (id: number) => string;

/** One entry a token, or null when the text cannot be told apart into tokens. */
export function tokenTexts(turn: Pick<PolicyTurn, "ids" | "text">, tokenText?: TokenText): TextToken[] | null {
  const texts =
    tokenText === undefined ? turn.text.split(/\s+/u).filter((word) => word !== "") : turn.ids.map(tokenText);
  return texts.length === turn.ids.length ? find(turn.text, texts) : null;
}

function find(text: string, texts: readonly string[]): TextToken[] | null {
  const found: TextToken[] = [];
  let at = 0;
  for (const token of texts) {
    let start = at;
    // A word tokenizer's texts come without the spaces between them.
    while (!text.startsWith(token, start) && /\s/u.test(text.charAt(start))) start++;
    if (!text.startsWith(token, start)) return null;
    found.push({ before: text.slice(at, start), text: token });
    at = start + token.length;
  }
  return text.slice(at).trim() === "" ? found : null;
}

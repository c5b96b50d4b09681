/** Text as words: the unit of one-token-a-word tasks and of token F1. */

/** The words of a text, split on white space; none for an empty text. */
export function wordsOf(text: string): string[] {
  return text.split(/\s+/u).filter((word) => word !== "");
}

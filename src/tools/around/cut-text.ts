/**
 * The beginning of a text, and its end where that is wanted, in at most so many tokens; between them, how much was left out.
 * Tokens are counted by a function, on pieces: a text of ten megabytes is not tokenized to keep its first thousand tokens.
 */

export type CountTokens = (text: string) => number;

export interface CutOptions {
  /** Of the whole result, the note of what was left out included. */
  readonly tokens: number;
  /** Share of the kept tokens that are the end of the text, 0 … 1. */
  readonly tail: number;
}

export interface CutText {
  readonly text: string;
  /** Estimated where the text is long. */
  readonly tokensCut: number;
}

/** No token of a language is so long on average: a text of more characters than that is cut without counting all of it. */
const CHARACTERS_A_TOKEN = 16;

export function cutText(text: string, options: CutOptions, count: CountTokens): CutText {
  const { tokens, tail } = options;
  if (text.length <= tokens * CHARACTERS_A_TOKEN && count(text) <= tokens) return { text, tokensCut: 0 };
  // The note is shorter with the true number in it, never longer.
  const room = Math.max(0, tokens - count(noteOf(text.length)));
  let [first, last] = [Math.ceil(room * (1 - tail)), Math.floor(room * tail)];
  for (;;) {
    const head = headOf(text, first, count);
    const end = last === 0 ? "" : tailOf(text.slice(head.length), last, count);
    const left = text.length - head.length - end.length;
    const shown = `${head}${noteOf(left)}${end}`;
    const over = count(shown) - tokens;
    // Where pieces meet, or a broken tokenizer counts more for less, the sum can be over: a little less is tried.
    if (over <= 0 || first + last === 0) {
      return { text: shown, tokensCut: tokensOf(text.slice(head.length, text.length - end.length), count) };
    }
    [first, last] = [Math.max(0, first - over), first - over < 0 ? Math.max(0, last - over) : last];
  }
}

function noteOf(characters: number): string {
  return ` [… ${characters} characters left out …] `;
}

/** Of a long text estimated from its beginning. */
function tokensOf(text: string, count: CountTokens): number {
  if (text.length <= COUNTED) return count(text);
  return Math.ceil((count(text.slice(0, wholeBefore(text, COUNTED))) * text.length) / COUNTED);
}

const COUNTED = 2 ** 16;

/** The longest beginning of at most `tokens` tokens: doubled until it is too long, then halved down to the place. */
function headOf(text: string, tokens: number, count: CountTokens): string {
  return longest(
    text.length,
    tokens,
    (length) => count(text.slice(0, wholeBefore(text, length))),
    (length) => text.slice(0, wholeBefore(text, length)),
  );
}

function tailOf(text: string, tokens: number, count: CountTokens): string {
  const end = (length: number): string => text.slice(wholeAfter(text, text.length - length));
  return longest(text.length, tokens, (length) => count(end(length)), end);
}

function longest(
  length: number,
  tokens: number,
  count: (length: number) => number,
  piece: (length: number) => string,
): string {
  let fits = 0;
  let reach = Math.min(length, Math.max(1, tokens * 2));
  while (reach < length && count(reach) <= tokens) [fits, reach] = [reach, Math.min(length, reach * 2)];
  if (reach === length && count(length) <= tokens) return piece(length);
  while (reach - fits > 1) {
    const middle = (fits + reach) >> 1;
    if (count(middle) <= tokens) fits = middle;
    else reach = middle;
  }
  return piece(fits);
}

/** Never between the halves of a surrogate pair. */
function wholeBefore(text: string, at: number): number {
  return splitsPair(text, at) ? at - 1 : at;
}

function wholeAfter(text: string, at: number): number {
  return splitsPair(text, at) ? at + 1 : at;
}

function splitsPair(text: string, at: number): boolean {
  return isBetween(text.charCodeAt(at - 1), 0xd800, 0xdbff) && isBetween(text.charCodeAt(at), 0xdc00, 0xdfff);
}

function isBetween(code: number, low: number, high: number): boolean {
  return code >= low && code <= high;
}

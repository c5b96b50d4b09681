/**
 * A text as the words that the index knows: compatibility forms and accents folded, lower case, English endings cut (Porter).
 * Scripts that write no spaces between words (Chinese, Japanese) count in pairs of neighbouring characters.
 */
import { stem } from "./stem.ts";

/** Longer runs of letters are no words (base64, a line without spaces); their beginning is. */
const MAX_WORD = 64;

const PLAIN_WORDS = /[a-z0-9]+/g;
const WORDS = /[\p{L}\p{N}\p{M}]+/gu;
const UNSPACED = /([\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]+)/u;
const ASCII = /^\p{ASCII}*$/u;
/** Accents of Latin, Greek and Cyrillic letters; vowel signs of other scripts are letters of theirs. */
const ACCENTS = /[\u0300-\u036f]+/g;

/** `stemmed`: what cuts an ending; a builder passes one that remembers. */
export function termsOf(text: string, stemmed: (word: string) => string = stem): string[] {
  if (ASCII.test(text)) return (text.toLowerCase().match(PLAIN_WORDS) ?? []).map((word) => stemmed(short(word)));
  const folded = text.normalize("NFKD").replace(ACCENTS, "").normalize("NFC").toLowerCase();
  return (folded.match(WORDS) ?? [])
    .flatMap((word) => (UNSPACED.test(word) ? pieces(word) : [word]))
    .map((word) => stemmed(short(word)));
}

/** Remembers what it has cut: a corpus has few different words. */
export function rememberingStem(most = 1_000_000): (word: string) => string {
  const known = new Map<string, string>();
  return (word) => {
    const found = known.get(word);
    if (found !== undefined) return found;
    if (known.size >= most) known.clear();
    const cut = stem(word);
    known.set(word, cut);
    return cut;
  };
}

/** `北京大学` is 北京, 京大, 大学; one character alone is itself. */
function pieces(word: string): string[] {
  return word.split(UNSPACED).flatMap((part) => {
    if (part === "") return [];
    if (!UNSPACED.test(part)) return [part];
    const signs = [...part];
    return signs.length === 1 ? signs : signs.slice(1).map((sign, i) => `${signs[i]}${sign}`);
  });
}

function short(word: string): string {
  return word.length > MAX_WORD ? word.slice(0, MAX_WORD) : word;
}

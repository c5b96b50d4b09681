/**
 * English endings cut by Porter's rules (M. F. Porter, "An algorithm for suffix stripping", 1980, with his later `bli` and `logi`),
 * as SQLite's FTS5 tokenizer `porter` cuts them; other words stay as they are.
 */

const CONSONANT = "[^aeiou]";
const VOWEL = "[aeiouy]";
const CONSONANTS = `${CONSONANT}[^aeiouy]*`;
const VOWELS = `${VOWEL}[aeiou]*`;
/** Vowel-consonant pairs of what is left: more than none, exactly one, more than one. */
const SOME = new RegExp(`^(?:${CONSONANTS})?${VOWELS}${CONSONANTS}`);
const ONE = new RegExp(`^(?:${CONSONANTS})?${VOWELS}${CONSONANTS}(?:${VOWELS})?$`);
const SEVERAL = new RegExp(`^(?:${CONSONANTS})?${VOWELS}${CONSONANTS}${VOWELS}${CONSONANTS}`);
const HAS_VOWEL = new RegExp(`^(?:${CONSONANTS})?${VOWEL}`);
const SHORT_END = new RegExp(`^${CONSONANTS}${VOWEL}[^aeiouwxy]$`);
const DOUBLE_END = /([^aeiouylsz])\1$/;

const DOUBLE_SUFFIXES: ReadonlyMap<string, string> = new Map(
  "ational ate,tional tion,enci ence,anci ance,izer ize,logi log,bli ble,alli al,entli ent,eli e,ousli ous,ization ize,ation ate,ator ate,alism al,iveness ive,fulness ful,ousness ous,aliti al,iviti ive,biliti ble"
    .split(",")
    .map((pair) => pair.split(" ") as [string, string]),
);
const SUFFIXES: ReadonlyMap<string, string> = new Map([
  ["icate", "ic"],
  ["ative", ""],
  ["alize", "al"],
  ["iciti", "ic"],
  ["ical", "ic"],
  ["ful", ""],
  ["ness", ""],
]);
const DOUBLE = new RegExp(`^(.+?)(${[...DOUBLE_SUFFIXES.keys()].join("|")})$`);
const SINGLE = new RegExp(`^(.+?)(${[...SUFFIXES.keys()].join("|")})$`);
const LAST = /^(.+?)(al|ance|ence|er|ic|able|ible|ant|ement|ment|ent|ou|ism|ate|iti|ous|ive|ize)$/;
const ION = /^(.+?)([st])ion$/;

const STEMMED = /^[a-z]{3,}$/;

export function stem(word: string): string {
  if (!STEMMED.test(word)) return word;
  // A y at the beginning is a consonant: written large while the rules run.
  const start = word.startsWith("y") ? `Y${word.slice(1)}` : word;
  return last(
    exchanged(exchanged(endingY(pastForms(plurals(start))), DOUBLE, DOUBLE_SUFFIXES), SINGLE, SUFFIXES),
  ).toLowerCase();
}

function plurals(word: string): string {
  if (/(?:ss|i)es$/.test(word)) return word.slice(0, -2);
  return /[^s]s$/.test(word) ? word.slice(0, -1) : word;
}

function pastForms(word: string): string {
  if (word.endsWith("eed")) return SOME.test(word.slice(0, -3)) ? word.slice(0, -1) : word;
  const rest = /^(.+)(?:ed|ing)$/.exec(word)?.[1];
  if (rest === undefined || !HAS_VOWEL.test(rest)) return word;
  if (/(?:at|bl|iz)$/.test(rest)) return `${rest}e`;
  if (DOUBLE_END.test(rest)) return rest.slice(0, -1);
  return SHORT_END.test(rest) ? `${rest}e` : rest;
}

function endingY(word: string): string {
  const rest = word.slice(0, -1);
  return word.endsWith("y") && HAS_VOWEL.test(rest) ? `${rest}i` : word;
}

function exchanged(word: string, pattern: RegExp, suffixes: ReadonlyMap<string, string>): string {
  const [, rest = "", suffix = ""] = pattern.exec(word) ?? [];
  return rest !== "" && SOME.test(rest) ? `${rest}${suffixes.get(suffix)}` : word;
}

function last(word: string): string {
  const ion = ION.exec(word);
  const rest = LAST.exec(word)?.[1] ?? (ion === null ? undefined : `${ion[1]}${ion[2]}`);
  const cut = rest !== undefined && SEVERAL.test(rest) ? rest : word;
  const bare = withoutE(cut);
  return bare.endsWith("ll") && SEVERAL.test(bare) ? bare.slice(0, -1) : bare;
}

function withoutE(word: string): string {
  if (!word.endsWith("e")) return word;
  const rest = word.slice(0, -1);
  return SEVERAL.test(rest) || (ONE.test(rest) && !SHORT_END.test(rest)) ? rest : word;
}

/**
 * Text that stays plain through a template. Before rendering, every special token's text in what is given (messages, tools,
 * arguments) is broken by a character that occurs nowhere, whatever the template then does with the pieces; after rendering,
 * what is still whole was written by the template, and the character is taken out.
 */
import { AepoError } from "../std/errors.ts";

/** Characters that Unicode gives to nobody, then those for private use. */
const FIRST_CANDIDATE = 0xfdd0;
const CANDIDATES = [
  ...Array.from({ length: 32 }, (_, i) => FIRST_CANDIDATE + i),
  ...Array.from({ length: 6400 }, (_, i) => 0xe000 + i),
];

/** Characters that neither occur in a text nor, as \uXXXX, would if JSON escaped them. */
export function unusedCharacters(text: string, count: number): string[] {
  const folded = text.toLowerCase();
  const found: string[] = [];
  for (const code of CANDIDATES) {
    const character = String.fromCharCode(code);
    if (!text.includes(character) && !folded.includes(escapeOf(character))) found.push(character);
    if (found.length === count) return found;
  }
  throw new AepoError("policy", "the conversation uses every character for private use", {
    fix: "leave one of U+E000 to U+F8FF out of it",
  });
}

function escapeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** The same text without `character`, written as itself or, by ensure_ascii, escaped. */
export function without(character: string, text: string): string {
  return text.replaceAll(character, "").replaceAll(escapeOf(character), "");
}

/**
 * Breaks special tokens behind their first character, and also those that a text only begins: what follows might end it. A
 * last character alone is broken too, which a template cannot tell from the text itself unless it asks for that very character.
 */
export function breaker(specials: readonly string[], character: string): (text: string) => string {
  if (specials.length === 0) return (text) => text;
  const whole = specials.map((special) => `${escapeRegExp(special[0] ?? "")}(?=${escapeRegExp(special.slice(1))})`);
  const inside = new RegExp(whole.join("|"), "g");
  const prefixes = new Set(specials.flatMap((special) => Array.from(special, (_, i) => special.slice(0, i + 1))));
  const longest = Math.max(...specials.map(({ length }) => length));
  return (text) => {
    const starts = new Set(Array.from(text.matchAll(inside), ({ index }) => index));
    for (let at = Math.max(0, text.length - longest); at < text.length; at++) {
      if (prefixes.has(text.slice(at))) starts.add(at);
    }
    let [broken, from] = ["", 0];
    for (const at of [...starts].toSorted((a, b) => a - b)) {
      broken += text.slice(from, at + 1) + character;
      from = at + 1;
    }
    return broken + text.slice(from);
  };
}

/** Every text in a value, keys of objects included. */
export function mapTexts(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === "string") return map(value);
  if (Array.isArray(value)) return value.map((item: unknown) => mapTexts(item, map));
  if (typeof value !== "object" || value === null) return value;
  // A field that is there without a value is not there: JSON has no such thing.
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return Object.fromEntries(entries.map(([key, entry]) => [map(key), mapTexts(entry, map)]));
}

/** Lone surrogates are no text: U+FFFD. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\ufffd");
}

export function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
}

/**
 * What JSON.parse does not say about a text from elsewhere: keys that occur twice, nesting, and how much there is of it. One
 * pass over the text, no recursion; whether it is JSON at all is left to JSON.parse.
 */

export interface JsonLimits {
  /** For messages: "the header". */
  readonly what: string;
  readonly depth: number;
  /** Elements and fields of all arrays and objects together: what memory the parsed text takes. */
  readonly values: number;
}

/** What is wrong with the text, or null. */
export function jsonShapeProblem(text: string, { what, depth, values }: JsonLimits): string | null {
  /** Keys so far of each open object; null for an open array. */
  const open: (Set<string> | null)[] = [];
  let found = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === "{" || character === "[" || character === ",") {
      found++;
      if (found > values) return `${what} has more than ${values} values`;
      if (character === ",") continue;
      open.push(character === "{" ? new Set() : null);
      if (open.length > depth) return `${what} is nested deeper than ${depth}`;
    } else if (character === "}" || character === "]") {
      open.pop();
    } else if (character === '"') {
      const end = closingQuote(text, i);
      const keys = open.at(-1);
      if (keys && isColonNext(text, end + 1)) {
        const key = unquoted(text.slice(i, end + 1));
        if (keys.has(key)) return `${what} has the key "${key}" twice`;
        keys.add(key);
      }
      i = end;
    }
  }
  return null;
}

function isColonNext(text: string, start: number): boolean {
  let i = start;
  while (text[i] === " " || text[i] === "\n" || text[i] === "\r" || text[i] === "\t") i++;
  return text[i] === ":";
}

/** Index of the quote that ends the string begun at `start`; the end of the text if none does. */
function closingQuote(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === '"') return i;
  }
  return text.length;
}

/** Escapes resolved, so that two spellings of one key are the same. */
function unquoted(quoted: string): string {
  if (!quoted.includes("\\")) return quoted.slice(1, -1);
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted;
  }
}

/**
 * What JSON.parse does not say about a header: keys that occur twice, and nesting. One pass over the text, no recursion;
 * whether it is JSON at all is left to JSON.parse.
 */

/** A tensor entry holds arrays: object → entry → shape. */
const MAX_DEPTH = 4;

/** What is wrong with the text, or null. */
export function checkJsonShape(text: string): string | null {
  /** Keys so far of each open object; null for an open array. */
  const open: (Set<string> | null)[] = [];
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === "{" || character === "[") {
      open.push(character === "{" ? new Set() : null);
      if (open.length > MAX_DEPTH) return `the header is nested deeper than ${MAX_DEPTH}`;
    } else if (character === "}" || character === "]") {
      open.pop();
    } else if (character === '"') {
      const end = closingQuote(text, i);
      const keys = open.at(-1);
      if (keys && isColonNext(text, end + 1)) {
        const key = unquoted(text.slice(i, end + 1));
        if (keys.has(key)) return `the header has the key "${key}" twice`;
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
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted;
  }
}

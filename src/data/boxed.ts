/** What the last `\boxed{…}` of a text holds: how MATH, the paper's prompts and many models mark an answer. */

const COMMAND = /\\f?boxed(?![a-zA-Z])\s{0,100}/g;

/** The content of the last whole box without its braces (`\boxed 5` is 5); null if there is none. Linear in the text. */
export function lastBoxed(text: string): string | null {
  // A box that never closes holds whatever follows it: one before it is whole only if it closes before it.
  let end = text.length;
  for (const { index, 0: command } of [...text.matchAll(COMMAND)].toReversed()) {
    const content = boxAt(text.slice(index + command.length, end));
    if (content !== null) return content;
    end = index;
  }
  return null;
}

/** The answer itself: what stands in its last box, else all of it. */
export function withoutBox(answer: string): string {
  return lastBoxed(answer) ?? answer;
}

function boxAt(text: string): string | null {
  if (text[0] !== "{") return /^[^\s$.,]+/.exec(text)?.[0] ?? null;
  for (let [at, depth] = [0, 0]; at < text.length; at++) {
    const sign = text[at];
    // An escaped brace is a sign of the formula.
    if (sign === "\\") at++;
    else if (sign === "{") depth++;
    else if (sign === "}" && --depth === 0) return text.slice(1, at).trim();
  }
  return null;
}

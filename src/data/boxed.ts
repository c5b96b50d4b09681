/** What the last `\boxed{…}` of a text holds: how MATH and many models mark an answer. */

const COMMAND = /\\f?boxed(?![a-zA-Z])\s*/g;

/** Its content without the braces (`\boxed 5` is 5); null if there is none, or its braces never close. */
export function lastBoxed(text: string): string | null {
  const last = [...text.matchAll(COMMAND)].at(-1);
  if (last === undefined) return null;
  const start = last.index + last[0].length;
  if (text[start] !== "{") return /^[^\s$.,]+/.exec(text.slice(start))?.[0] ?? null;
  for (let [at, depth] = [start, 0]; at < text.length; at++) {
    const sign = text[at];
    // An escaped brace is a sign of the formula.
    if (sign === "\\") at++;
    else if (sign === "{") depth++;
    else if (sign === "}" && --depth === 0) return text.slice(start + 1, at).trim();
  }
  return null;
}

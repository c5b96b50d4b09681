/** Python's methods of texts where JavaScript's are not the same: what is white space, and letters after the first. */

/** str.isspace: not U+FEFF, but U+0085 and the separators U+001C … U+001F. */
const SPACE = "\t\n\v\f\r\u001c-\u001f \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000";

type Ends = "both" | "left" | "right";

/** str.strip, lstrip and rstrip; `characters` instead of white space. */
export function strip(text: string, ends: Ends, characters?: string): string {
  const set = characters === undefined ? SPACE : characters.replace(/[\\\]^-]/g, "\\$&");
  // An empty set would match nothing anyway, and is no valid set.
  if (set === "") return text;
  const one = `[${set}]`;
  const from = ends === "right" ? 0 : (new RegExp(`^${one}*`, "u").exec(text)?.[0].length ?? 0);
  if (ends === "left") return text.slice(from);
  const belongs = new RegExp(`^${one}$`, "u");
  const kept = Array.from(text.slice(from));
  while (kept.length > 0 && belongs.test(kept.at(-1) ?? "")) kept.pop();
  return kept.join("");
}

export function capitalize(text: string): string {
  const [first = "", ...rest] = text;
  return first.toUpperCase() + rest.join("").toLowerCase();
}

/** str.title: what follows a letter is small, and an apostrophe is no letter. */
export function title(text: string): string {
  return text.replace(/\p{Cased}+/gu, capitalize);
}

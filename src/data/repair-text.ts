/**
 * Texts that went through a language where `\b` and `\f` are characters: `\boxed` became a backspace and "oxed", `\frac` a
 * form feed and "rac" (the papers' own files are so). What is known is repaired and counted; nothing is passed on in silence.
 */

export interface Repairs {
  /** How often, by what it was mended to, or by the character that was left as it is. */
  readonly counts: Map<string, number>;
}

// Whole commands only: a form feed before "inds" is what is left of a ligature, and stays.
const BROKEN = /[\b](?=(?:oxed|egin|eta|inom|ar|f|ig|ullet|mod|ot)(?![a-zA-Z]))|\f(?=(?:rac|orall|box)(?![a-zA-Z]))/g;
// Tabs and line feeds are text; \t and \n are not told apart from them.
const OTHER = /(?![\t\n\r])\p{Cc}/gu;

export function repairText(text: string, { counts }: Repairs): string {
  const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
  const mended = text.replace(BROKEN, (sign, at: number) => {
    const letter = sign === "\b" ? "b" : "f";
    count(`\\${letter}${/^[a-z]+/.exec(text.slice(at + 1))?.[0] ?? ""}`);
    return `\\${letter}`;
  });
  for (const [sign] of mended.matchAll(OTHER))
    count(`control character 0x${sign.charCodeAt(0).toString(16).padStart(2, "0")}`);
  return mended;
}

/** One sentence on a file, or null. */
export function repairReport(path: string, { counts }: Repairs): string | null {
  const list = (pick: (what: string) => boolean): string =>
    [...counts]
      .filter(([what]) => pick(what))
      .map(([what, times]) => `${what} (${times})`)
      .join(", ");
  const mended = list((what) => what.startsWith("\\"));
  const left = list((what) => !what.startsWith("\\"));
  const parts = [mended === "" ? "" : `repaired ${mended}`, left === "" ? "" : `left as it is: ${left}`];
  return counts.size === 0 ? null : `${path}: ${parts.filter((part) => part !== "").join("; ")}`;
}

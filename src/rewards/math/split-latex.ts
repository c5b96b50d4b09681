/** Cutting LaTeX at separators that stand outside of all brackets, in one pass. */

const OPENING = new Set(["(", "[", "{", "\\{", "\\begin", "\\lfloor", "\\lceil"]);
const CLOSING = new Set([")", "]", "}", "\\}", "\\end", "\\rfloor", "\\rceil"]);

export interface LatexToken {
  /** One sign, or a command with its backslash. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Brackets that are open around it; an opening and its closing bracket have the same. */
  readonly depth: number;
}

/** Brackets of different kinds may pair: `[0, 1)` is an interval. */
export function latexTokens(latex: string): LatexToken[] {
  const tokens: LatexToken[] = [];
  let depth = 0;
  for (let start = 0; start < latex.length; ) {
    const end = tokenEnd(latex, start);
    const text = latex.slice(start, end);
    if (CLOSING.has(text)) depth = Math.max(0, depth - 1);
    tokens.push({ text, start, end, depth });
    if (OPENING.has(text)) depth++;
    start = end;
  }
  return tokens;
}

function tokenEnd(latex: string, start: number): number {
  if (latex[start] !== "\\") return start + 1;
  let end = start + 1;
  while (/[A-Za-z]/.test(latex[end] ?? "")) end++;
  return Math.min(latex.length, Math.max(end, start + 2));
}

/** The pieces between the separators, trimmed, and the separators. */
export function splitLatex(
  latex: string,
  isSeparator: (token: LatexToken) => boolean,
): { readonly pieces: readonly string[]; readonly separators: readonly string[] } {
  const pieces: string[] = [];
  const separators: string[] = [];
  let from = 0;
  for (const token of latexTokens(latex)) {
    if (token.depth > 0 || !isSeparator(token)) continue;
    pieces.push(latex.slice(from, token.start).trim());
    separators.push(token.text);
    from = token.end;
  }
  pieces.push(latex.slice(from).trim());
  return { pieces, separators };
}

/** What stands between an opening bracket at the very start and its closing one at the very end, or null. */
export function bracketed(
  latex: string,
): { readonly open: string; readonly close: string; readonly inside: string } | null {
  const tokens = latexTokens(latex);
  const [first] = tokens;
  const last = tokens.at(-1);
  if (first === undefined || last === undefined || tokens.length < 2) return null;
  if (!"([{".includes(first.text) && first.text !== "\\{") return null;
  if (!")]}".includes(last.text) && last.text !== "\\}") return null;
  const closing = tokens.findIndex(({ text, depth }, i) => i > 0 && depth === 0 && CLOSING.has(text));
  if (closing !== tokens.length - 1) return null;
  return { open: first.text, close: last.text, inside: latex.slice(first.end, last.start).trim() };
}

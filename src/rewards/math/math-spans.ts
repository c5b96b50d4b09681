/** Where formulas stand in a text: `$…$`, `$$…$$`, `\(…\)`, `\[…\]`, and boxes. Linear in the text, whatever it holds. */

export interface Span {
  /** What stands inside. */
  readonly content: string;
  readonly start: number;
  readonly end: number;
}

/** Formulas in the order of the text, none inside another. A dollar sign that opens no formula is currency. */
export function mathSpans(text: string): readonly Span[] {
  const spans: Span[] = [];
  /** Delimiters that do not occur any more. */
  const gone = new Set<string>();
  for (let at = 0; at < text.length; ) {
    const close = closingOf(text, at);
    const span = close === null || gone.has(close) ? null : spanAt(text, at, close, gone);
    if (span !== null) spans.push(span);
    at = span?.end ?? at + (text[at] === "\\" || close === "$$" ? 2 : 1);
  }
  return spans;
}

function closingOf(text: string, at: number): string | null {
  if (text[at] === "$") return text[at + 1] === "$" ? "$$" : "$";
  if (text[at] !== "\\") return null;
  return text[at + 1] === "[" ? "\\]" : text[at + 1] === "(" ? "\\)" : null;
}

function spanAt(text: string, start: number, close: string, gone: Set<string>): Span | null {
  const from = start + close.length;
  const to = indexOfClose(text, close, from);
  if (to < 0) {
    gone.add(close);
    return null;
  }
  const content = text.slice(from, to);
  const isInline = close === "$" || close === "\\)";
  if (content.trim() === "" || (isInline && content.includes("\n")) || (close === "$" && isProse(content))) return null;
  return { content, start, end: to + close.length };
}

function indexOfClose(text: string, close: string, from: number): number {
  let to = text.indexOf(close, from);
  while (close.startsWith("$") && to > 0 && text[to - 1] === "\\") to = text.indexOf(close, to + 1);
  return to;
}

/** The contents of `\boxed{…}` and `\fbox{…}`, in the order of the text; of nested ones the inner. The last may lack its end. */
export function boxedSpans(text: string): readonly Span[] {
  const spans: Span[] = [];
  const open: { readonly start: number; readonly from: number; readonly boxed: boolean }[] = [];
  const box = /\\(?:boxed|fbox)\s{0,5}/y;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    if (sign === "\\") {
      box.lastIndex = at;
      const length = box.exec(text)?.[0].length ?? 0;
      if (length > 0 && text[at + length] === "{") {
        open.push({ start: at, from: at + length + 1, boxed: true });
        at += length;
      } else if (length > 0) {
        const word = /^[^\s$.,]{1,100}/.exec(text.slice(at + length, at + length + 100))?.[0];
        if (word !== undefined) spans.push({ content: word, start: at, end: at + length + word.length });
      } else if (text[at + 1] !== "\\") at++;
    } else if (sign === "{") open.push({ start: at, from: at + 1, boxed: false });
    else if (sign === "}") {
      const begun = open.pop();
      if (begun?.boxed === true) spans.push({ content: text.slice(begun.from, at), start: begun.start, end: at + 1 });
    }
  }
  const unclosed = open.filter(({ boxed }) => boxed).at(-1);
  if (unclosed !== undefined && spans.length === 0) {
    spans.push({ content: text.slice(unclosed.from), start: unclosed.start, end: text.length });
  }
  return spans;
}

const NO_PROSE =
  /\\(?:begin|end)\s?\{[a-zA-Z*]{1,20}\}|\\[A-Za-z]+|\b(?:and|or|sqrt|sin|cos|tan|cot|sec|csc|log|ln|exp|pi|inf|infinity|mod|percent|percentage|pct|units?|cm|mm|km|degrees?)\b/gi;

/** Sentences rather than a formula: words of three letters and more, or the small ones that only sentences have. */
export function isProse(text: string): boolean {
  if (text.length > 1000) return !text.includes("\\");
  const bare = text
    .replace(/\\(?:text[a-z]{0,6}|mbox|math[a-z]{1,4}|operatorname)\s?\{[^{}]*\}/g, " ")
    .replace(NO_PROSE, " ");
  return (
    /\s/.test(text.trim()) &&
    /(?:^|[\s("'])(?:[A-Za-z]{3,}|is|of|to|we|so|at|it|by|if|as|he)(?=$|[\s.,;:!?)"'])/.test(bare)
  );
}

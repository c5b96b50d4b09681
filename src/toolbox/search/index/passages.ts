/** A long text in passages of a bounded length, each ending where a paragraph, a sentence or a word ends if it can. */

const BREAKS: readonly RegExp[] = [/\n\s*\n/g, /[.!?。！？]["')\]]?\s|[。！？]/g, /\s/g];

/** Passages in order, trimmed, none of them empty; `longest` in UTF-16 units. */
export function* passagesOf(text: string, longest: number): Generator<string> {
  let from = 0;
  while (from < text.length) {
    const to = text.length - from <= longest ? text.length : endOf(text, from, longest);
    const passage = text.slice(from, to).trim();
    if (passage !== "") yield passage;
    from = to;
  }
}

/** The last good place to end in the second half of what may be taken. */
function endOf(text: string, from: number, longest: number): number {
  const half = from + Math.ceil(longest / 2);
  const piece = text.slice(half, from + longest);
  for (const pattern of BREAKS) {
    const found = [...piece.matchAll(pattern)].at(-1);
    if (found !== undefined) return half + found.index + found[0].length;
  }
  const end = from + longest;
  const splits = /[\ud800-\udbff]/.test(text[end - 1] ?? "") && /[\udc00-\udfff]/.test(text[end] ?? "");
  return splits && end - 1 > from ? end - 1 : end;
}

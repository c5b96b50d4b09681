/** The part of a passage that is shown where all of it is too long: the window with the most different words of the query. */
import { termsOf } from "./words.ts";

const WORD = /[\p{L}\p{N}\p{M}]+/gu;

/** At most `length` UTF-16 units; cut ends are marked with …. */
export function snippetOf(text: string, query: string, length: number): string {
  if (text.length <= length) return text;
  const wanted = new Set(termsOf(query));
  const hits = [...text.matchAll(WORD)].flatMap(({ 0: word, index: at }) =>
    termsOf(word)
      .filter((term) => wanted.has(term))
      .map((term) => ({ term, at })),
  );
  const from = Math.min(windowStart(hits, length), text.length - length);
  const [before, after] = [from > 0 ? "…" : "", from + length < text.length ? "…" : ""];
  const piece = text.slice(from + before.length, from + length - after.length);
  // No half words at the ends, where one is not longer than words are; no halves of pairs in any case.
  const start = before === "" ? piece : piece.replace(/^[^\s]{0,20}\s+|^[\udc00-\udfff]/, "");
  const shown = after === "" ? start : start.replace(/\s+[^\s]{0,20}$|[\ud800-\udbff]$/, "");
  return `${before}${shown}${after}`;
}

/** Where a window begins that has most of them, with some room before the first. */
function windowStart(hits: readonly { readonly term: string; readonly at: number }[], length: number): number {
  let best = { different: 0, from: 0 };
  const counts = new Map<string, number>();
  let last = 0;
  for (const [first, { term, at }] of hits.entries()) {
    for (; last < hits.length && (hits[last]?.at ?? 0) < at + length * 0.8; last++) {
      const { term } = hits[last] as { term: string };
      counts.set(term, (counts.get(term) ?? 0) + 1);
    }
    if (counts.size > best.different)
      best = { different: counts.size, from: Math.max(0, at - Math.floor(length / 10)) };
    const left = (counts.get(term) ?? 0) - 1;
    if (left === 0) counts.delete(term);
    else counts.set(term, left);
    if (last <= first) last = first + 1;
  }
  return best.from;
}

/** A recorded text as results: its `Page 1: …` lines, each with what follows it; a text without any is one result. */
import { NO_RESULTS } from "../print-results.ts";
import type { SearchResult } from "../search-provider.ts";

const PAGE = /^Page \d+: ?/gm;

export function recordedPages(text: string): SearchResult[] {
  if (text.trim() === "" || text.trim() === NO_RESULTS) return [];
  const starts = [...text.matchAll(PAGE)];
  const bounds = starts[0]?.index === 0 ? starts : [];
  if (bounds.length === 0) return [resultOf(text)];
  return bounds.map(({ 0: head, index }, i) => resultOf(text.slice(index + head.length, bounds[i + 1]?.index)));
}

function resultOf(text: string): SearchResult {
  return { title: "", url: "", snippet: text.trim() };
}

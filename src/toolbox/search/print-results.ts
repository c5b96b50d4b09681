/** Results as the policy reads them. A result is one line of its own whatever it holds: no page can write the next one's line. */
import type { SearchResult } from "./search-provider.ts";

export interface Print {
  readonly format: "pages" | "list";
  /** UTF-16 units of a snippet. */
  readonly snippetLength: number;
}

/** What the papers' tool says. */
export const NO_RESULTS = "No search results found.";

export function printResults(results: readonly SearchResult[], { format, snippetLength }: Print): string {
  const shown = results.map(({ title, url, snippet }) => ({
    title: oneLine(title),
    url: oneLine(url),
    snippet: cut(oneLine(snippet), snippetLength),
  }));
  const lines = format === "pages" ? pages(shown) : list(shown);
  return lines.length === 0 ? NO_RESULTS : lines.join("\n");
}

/** Different texts only, as in the papers' tool; a title stands in for a text that is missing. */
function pages(results: readonly SearchResult[]): string[] {
  const texts = new Set(results.map(({ snippet, title }) => snippet || title).filter((text) => text !== ""));
  return [...texts].map((text, i) => `Page ${i + 1}: ${text}`);
}

function list(results: readonly SearchResult[]): string[] {
  return results.map(({ title, url, snippet }, i) =>
    [`${i + 1}. ${title || url || snippet}`, title === "" ? "" : url, title === "" && url === "" ? "" : snippet]
      .filter((line) => line !== "")
      .join("\n   "),
  );
}

function oneLine(text: string): string {
  return text.replaceAll(/[\s\p{Cc}]+/gu, " ").trim();
}

/** Cut text ends in …, within the length. */
function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const end = /[\ud800-\udbff]/.test(text[length - 2] ?? "") ? length - 2 : length - 1;
  return `${text.slice(0, end).trimEnd()}…`;
}

/** A document as it was read, and the page of it that a call shows. */
import { pagesOf } from "./page-of-text.ts";

export interface BrowsedText {
  /** Where it was found, redirects followed. */
  readonly url: string;
  readonly title: string;
  readonly text: string;
  /** It goes on beyond what was read. */
  readonly cut: boolean;
}

/** Throws, in words, for a page that is not there. */
export function shownPage({ url, title, text, cut }: BrowsedText, page: number, pageChars: number): string {
  const pages = pagesOf(text, pageChars);
  const here = pages[page - 1];
  if (here === undefined) {
    throw new Error(`${url} has ${pages.length} ${pages.length === 1 ? "page" : "pages"}, not ${page}`);
  }
  const isLast = page === pages.length;
  return [
    title === "" ? url : `# ${title}\n${url}`,
    here.trim() === "" ? "[no text]" : here.trim(),
    pages.length === 1 ? "" : `[page ${page} of ${pages.length}${isLast ? "" : `; the next is page ${page + 1}`}]`,
    cut && isLast ? "[the document goes on: it is too large to be read whole]" : "",
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

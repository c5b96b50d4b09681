/** A long text in pages of a given size, cut at ends of lines where there are some. */

/** The pages; a text without characters is one empty page. */
export function pagesOf(text: string, pageChars: number): readonly string[] {
  const pages: string[] = [];
  for (let at = 0; at < text.length || pages.length === 0; ) {
    const end = endOfPage(text, at, pageChars);
    pages.push(text.slice(at, end));
    at = end;
  }
  return pages;
}

function endOfPage(text: string, at: number, pageChars: number): number {
  const most = at + pageChars;
  if (most >= text.length) return text.length;
  const line = text.lastIndexOf("\n", most - 1) + 1;
  if (line > at + pageChars * 0.8) return line;
  const word = text.lastIndexOf(" ", most - 1) + 1;
  if (word > at + pageChars * 0.9) return word;
  // Not between the halves of a character.
  return isHighSurrogate(text.charCodeAt(most - 1)) ? most - 1 : most;
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

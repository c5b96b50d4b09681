/** Queries that mean the same are one key: case, white space, quotes, a last mark and the words "search query:" say nothing. */

const QUOTES = /["“”„«»]|(?<=^|\s)['‘]|['’](?=\s|$)/g;

export function normalQuery(query: string): string {
  const plain = query
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[\s\p{Cc}]+/gu, " ")
    .trim();
  const bare = plain.replace(/^(?:search )?query\s*:\s*/, "").replace(/[\s?!.]+$/, "");
  return bare
    .replaceAll(QUOTES, "")
    .replace(/[\s?!.]+$/, "")
    .trim();
}

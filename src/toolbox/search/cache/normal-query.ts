/** Queries that mean the same are one key: case, white space, quotes around it, a last mark and the words "search query:" say nothing. */

export function normalQuery(query: string): string {
  const plain = query
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[\s\p{Cc}]+/gu, " ")
    .trim();
  return plain
    .replace(/^(?:search )?query\s*:\s*/, "")
    .replace(/[\s?!.]+$/, "")
    .replace(/^["'“”‘’]+|["'“”‘’]+$/g, "")
    .trim();
}

/** Recorded searches (an object of query → result text) as a corpus: one row a result, with the query that found it. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Writes the rows of `recorded` to `file`, unless they are there. */
export function writeCorpus(recorded: string, file: string): void {
  const searches = JSON.parse(readFileSync(recorded, "utf8")) as Readonly<Record<string, string>>;
  const rows = Object.entries(searches).flatMap(([query, text]) =>
    resultsOf(text).map((result) => JSON.stringify({ title: query.replace(/^search query: /, ""), text: result })),
  );
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${rows.join("\n")}\n`);
}

/** A recorded text is lines `Page 1: …`, `Page 2: …`; the shortest say nothing. */
function resultsOf(text: string): string[] {
  return text.split(/\n?Page \d+: /).filter((result) => result.trim().length > 40);
}

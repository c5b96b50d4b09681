/** The offline index as a provider: no key, no network, the same results every time. */
import type { IndexOptions } from "../options.ts";
import type { SearchProvider } from "../search-provider.ts";
import type { BuildOptions } from "./build-options.ts";
import { openIndex } from "./open-index.ts";
import { snippetOf } from "./snippet.ts";
import { findingLines } from "./tally.ts";

export interface IndexSurroundings extends BuildOptions {
  /** Told what of the corpus was left out or mended. */
  onWarning(text: string): void;
}

export async function indexProvider(options: IndexOptions, around: IndexSurroundings): Promise<SearchProvider> {
  const { corpus, index: file, columns, passageLength, malformed, snippetLength } = options;
  const index = await openIndex({ corpus, index: file }, { columns, passageLength, malformed }, around);
  for (const line of findingLines(index.header.findings)) around.onWarning(`search in ${corpus ?? file}: ${line}`);
  return {
    name: "index",
    // oxlint-disable-next-line typescript/require-await -- a provider may have to wait; this one does not.
    async search(query, count, signal) {
      signal.throwIfAborted();
      return index
        .search(query, count)
        .map(({ title, url, text }) => ({ title, url, snippet: snippetOf(text, query, snippetLength) }));
    },
    close: () => index.close(),
  };
}

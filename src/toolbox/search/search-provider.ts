/** What a search engine is to the tool: results for a query, the best first. One small file a provider. */

export interface SearchResult {
  /** "" where there is none. */
  readonly title: string;
  readonly url: string;
  readonly snippet: string;
}

export interface SearchProvider {
  /** As it is called in messages. */
  readonly name: string;
  /** At most `count` results. Throws `ToolFailure`, which says whether another try may go better. */
  search(query: string, count: number, signal: AbortSignal): Promise<readonly SearchResult[]>;
  close?(): void;
}

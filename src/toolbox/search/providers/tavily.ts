/**
 * Tavily: POST /search with Authorization: Bearer and {query, max_results, search_depth}; results[] of {title, url, content}.
 * https://docs.tavily.com/api-reference/endpoint/search (max_results: at most 20; refusals as {detail: {error}}, a used-up plan is 432 or 433).
 */
import { z } from "zod";
import type { TavilyOptions } from "../options.ts";
import { type Environment, providerKey } from "../provider-key.ts";
import { ask } from "../provider-request.ts";
import type { SearchProvider } from "../search-provider.ts";

/** Longer queries are refused. */
const MAX_CHARACTERS = 400;

const answerSchema = z.object({
  results: z.array(z.object({ title: z.string().nullish(), url: z.string(), content: z.string().nullish() })),
});

export function tavilyProvider({ baseUrl, keyEnv, depth }: TavilyOptions, env: Environment): SearchProvider {
  const key = providerKey({ provider: "tavily", keyEnv, page: "https://app.tavily.com" }, env);
  return {
    name: "tavily",
    async search(query, count, signal) {
      const body = { query: query.slice(0, MAX_CHARACTERS), max_results: count, search_depth: depth };
      const url = new URL(`${baseUrl}/search`);
      const headers = { authorization: `Bearer ${key}` };
      const { results } = await ask({ provider: "tavily", url, headers, body, key, schema: answerSchema }, signal);
      return results
        .slice(0, count)
        .map(({ title, url, content }) => ({ title: title ?? "", url, snippet: content ?? "" }));
    },
  };
}

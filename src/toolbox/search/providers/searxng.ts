/**
 * SearXNG, a metasearch server of one's own, without a key: GET /search?q=…&format=json; results[] of {title, url, content}.
 * https://docs.searxng.org/dev/search_api (a format that settings.yml does not allow is 403; the number of results is the server's).
 */
import { z } from "zod";
import type { SearxngOptions } from "../options.ts";
import { ask } from "../provider-request.ts";
import type { SearchProvider } from "../search-provider.ts";

const MEANING = { 403: "gives no JSON (status 403): its settings.yml must list json under search.formats" };

const answerSchema = z.object({
  results: z.array(z.object({ title: z.string().nullish(), url: z.string(), content: z.string().nullish() })),
});

export function searxngProvider({ baseUrl, language, engines }: SearxngOptions): SearchProvider {
  return {
    name: "searxng",
    async search(query, count, signal) {
      const url = new URL(`${baseUrl}/search`);
      const asked = {
        q: query,
        format: "json",
        language,
        ...(engines.length === 0 ? {} : { engines: engines.join(",") }),
      };
      url.search = new URLSearchParams(asked).toString();
      const request = { provider: "searxng", url, headers: {}, key: null, schema: answerSchema, meaning: MEANING };
      const { results } = await ask(request, signal);
      return results
        .slice(0, count)
        .map(({ title, url, content }) => ({ title: title ?? "", url, snippet: content ?? "" }));
    },
  };
}

/**
 * Serper (Google): POST /search with the key in X-API-KEY and {q, num, gl, hl}; organic[] of {title, link, snippet}.
 * https://serper.dev (playground), https://schemas.apis.io/schemas/serper/serper-search-request/; a refused key is
 * 403 {"message": "Unauthorized.", "statusCode": 403} (github.com/MiroMindAI/MiroFlow/issues/7).
 */
import { z } from "zod";
import type { SerperOptions } from "../options.ts";
import { type Environment, providerKey } from "../provider-key.ts";
import { ask } from "../provider-request.ts";
import type { SearchProvider } from "../search-provider.ts";

const answerSchema = z.object({
  organic: z
    .array(z.object({ title: z.string().nullish(), link: z.string(), snippet: z.string().nullish() }))
    .default([]),
});

export function serperProvider(
  { baseUrl, keyEnv, country, language }: SerperOptions,
  env: Environment,
): SearchProvider {
  const key = providerKey({ provider: "serper", keyEnv, page: "https://serper.dev/api-keys" }, env);
  return {
    name: "serper",
    async search(query, count, signal) {
      const body = { q: query, num: count, gl: country, hl: language };
      const url = new URL(`${baseUrl}/search`);
      const headers = { "x-api-key": key };
      const { organic } = await ask({ provider: "serper", url, headers, body, key, schema: answerSchema }, signal);
      return organic
        .slice(0, count)
        .map(({ title, link, snippet }) => ({ title: title ?? "", url: link, snippet: snippet ?? "" }));
    },
  };
}

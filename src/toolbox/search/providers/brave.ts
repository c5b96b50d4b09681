/**
 * Brave Search: GET /res/v1/web/search with the key in X-Subscription-Token; web.results[] of {title, url, description}.
 * https://api-dashboard.search.brave.com/api-reference/web/search/get (q: at most 400 characters and 50 words; count: at most 20),
 * https://api.search.brave.com/app/documentation/web-search/response-headers (X-RateLimit-Remaining and -Reset: one number a window).
 */
import { z } from "zod";
import { plainText } from "../plain-text.ts";
import { type Environment, providerKey } from "../provider-key.ts";
import { ask } from "../provider-request.ts";
import type { SearchProvider } from "../search-provider.ts";
import type { BraveOptions } from "../options.ts";

const MAX_CHARACTERS = 400;
const MAX_WORDS = 50;

const answerSchema = z.object({
  web: z
    .object({
      results: z
        .array(z.object({ title: z.string().nullish(), url: z.string(), description: z.string().nullish() }))
        .default([]),
    })
    .nullish(),
});

export function braveProvider({ baseUrl, keyEnv, country, language }: BraveOptions, env: Environment): SearchProvider {
  const key = providerKey({ provider: "brave", keyEnv, page: "https://api-dashboard.search.brave.com" }, env);
  return {
    name: "brave",
    async search(query, count, signal) {
      const url = new URL(`${baseUrl}/res/v1/web/search`);
      url.search = new URLSearchParams({
        q: query.split(" ").slice(0, MAX_WORDS).join(" ").slice(0, MAX_CHARACTERS),
        count: String(count),
        country,
        search_lang: language,
        text_decorations: "false",
      }).toString();
      const headers = { "x-subscription-token": key };
      const { web } = await ask({ provider: "brave", url, headers, key, schema: answerSchema, waitMs }, signal);
      return (web?.results ?? []).slice(0, count).map(({ title, url, description }) => ({
        title: plainText(title ?? ""),
        url,
        snippet: plainText(description ?? ""),
      }));
    },
  };
}

/** Until the last of the windows that are used up begins anew: "0, 900" and "1, 1419704" is a second. */
function waitMs(headers: Headers): number | null {
  const numbers = (name: string): number[] =>
    (headers.get(name) ?? "").split(",").map((part) => Number(part.trim() || "NaN"));
  const left = numbers("x-ratelimit-remaining");
  const seconds = numbers("x-ratelimit-reset").filter((_, i) => left[i] === 0);
  return seconds.length === 0 || seconds.some(Number.isNaN) ? null : Math.max(...seconds) * 1000;
}

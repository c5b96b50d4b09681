/**
 * Bright Data's SERP API, which the papers' search tool asks: POST /request with Authorization: Bearer and {zone, url, format: "raw"}, where
 * url is a results page with brd_json=1; organic[] of {title, link, description}. A failure behind it comes as status 200 with
 * x-brd-error and x-brd-status-code.
 * https://docs.brightdata.com/products/serp-api/send-your-first-request,
 * https://docs.brightdata.com/scraping-automation/serp-api/parsing-search-results,
 * https://docs.brightdata.com/scraping-automation/web-unlocker/error-codes
 */
import { z } from "zod";
import type { BrightDataOptions } from "../options.ts";
import { type Environment, providerKey } from "../provider-key.ts";
import { ask, type InnerFailure } from "../provider-request.ts";
import type { SearchProvider } from "../search-provider.ts";

const answerSchema = z.object({
  organic: z
    .array(z.object({ title: z.string().nullish(), link: z.string().nullish(), description: z.string().nullish() }))
    .default([]),
});

export function brightDataProvider(options: BrightDataOptions, env: Environment): SearchProvider {
  const { baseUrl, keyEnv, zone } = options;
  const key = providerKey({ provider: "brightdata", keyEnv, page: "https://brightdata.com/cp/setting/users" }, env);
  return {
    name: "brightdata",
    async search(query, count, signal) {
      const body = { zone, url: resultsPage(query, options), format: "raw" };
      const url = new URL(`${baseUrl}/request`);
      const headers = { authorization: `Bearer ${key}` };
      const request = { provider: "brightdata", url, headers, body, key, schema: answerSchema, inner };
      const { organic } = await ask(request, signal);
      return organic.slice(0, count).map(({ title, link, description }) => ({
        title: title ?? "",
        url: link ?? "",
        snippet: description ?? "",
      }));
    },
  };
}

/** As the papers' tool asks: no quotes, and the language of the query's script. */
function resultsPage(query: string, { engine, country }: BrightDataOptions): string {
  const q = query.replaceAll('"', "");
  const chinese = /\p{Script=Han}/u.test(q);
  const language = chinese ? "zh-CN" : "en-US";
  const [host, asked] =
    engine === "bing"
      ? ["www.bing.com", { q, mkt: language, setLang: language, cc: country }]
      : ["www.google.com", { q, hl: chinese ? "zh-CN" : "en", gl: country }];
  return `https://${host}/search?${new URLSearchParams({ ...asked, brd_json: "1" }).toString()}`;
}

function inner(headers: Headers): InnerFailure | null {
  const said = headers.get("x-brd-error") ?? headers.get("x-brd-err-msg") ?? "";
  const status = Number(headers.get("x-brd-status-code") ?? "NaN");
  if (Number.isInteger(status) && (status < 200 || status > 299)) return { status, said };
  return said === "" ? null : { status: 502, said };
}

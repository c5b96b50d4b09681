import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rejectionMessage } from "../../../test/support/thrown.ts";
import { openProvider } from "./open-provider.ts";
import { searchOptionsSchema } from "./options.ts";
import { type ApiServer, apiServer, type SeenRequest } from "./testing/api-server.ts";
import { failure, KEY, search, told } from "./testing/ask-provider.ts";

let api: ApiServer;
beforeAll(async () => {
  api = await apiServer();
});
afterAll(() => api.close());

function lastRequest(): SeenRequest {
  const request = api.seen.at(-1);
  if (request === undefined) throw new Error("nothing was asked");
  return request;
}

describe("requests and answers, as each API has them", () => {
  it("brave", async () => {
    // https://api-dashboard.search.brave.com/api-reference/web/search/get, shortened
    api.answer(200, {
      type: "search",
      query: { original: "who directed Titanic", more_results_available: true },
      web: {
        type: "search",
        results: [
          {
            title: "Titanic (1997 film)",
            url: "https://en.wikipedia.org/wiki/Titanic",
            description: "directed by <strong>James Cameron</strong> &amp; others, it&#x27;s",
          },
          { title: "No description", url: "https://b.example" },
          { title: "Third", url: "https://c.example", description: "" },
        ],
      },
    });
    expect(await search(api, { provider: "brave" }, { query: "word ".repeat(60).trim() })).toEqual([
      {
        title: "Titanic (1997 film)",
        url: "https://en.wikipedia.org/wiki/Titanic",
        snippet: "directed by James Cameron & others, it's",
      },
      { title: "No description", url: "https://b.example", snippet: "" },
    ]);
    const { method, path, headers } = lastRequest();
    expect([method, headers["x-subscription-token"], headers.accept]).toEqual(["GET", KEY, "application/json"]);
    const { pathname, searchParams } = new URL(path, api.url);
    expect(pathname).toBe("/res/v1/web/search");
    expect(Object.fromEntries(searchParams)).toEqual({
      q: "word ".repeat(50).trim(),
      count: "2",
      country: "US",
      search_lang: "en",
      text_decorations: "false",
    });
    api.answer(200, { type: "search" });
    expect(await search(api, { provider: "brave" })).toEqual([]);
  });

  it("serper", async () => {
    // https://serper.dev, shortened
    api.answer(200, {
      searchParameters: { q: "who directed Titanic", gl: "us", hl: "en", type: "search", engine: "google" },
      knowledgeGraph: { title: "Titanic" },
      organic: [{ title: "Titanic", link: "https://a.example", snippet: "James Cameron", position: 1 }],
      credits: 1,
    });
    expect(await search(api, { provider: "serper" })).toEqual([
      { title: "Titanic", url: "https://a.example", snippet: "James Cameron" },
    ]);
    expect(api.seen.at(-1)).toMatchObject({
      method: "POST",
      path: "/search",
      headers: { "x-api-key": KEY, "content-type": "application/json" },
      body: { q: "who directed Titanic", num: 2, gl: "us", hl: "en" },
    });
  });

  it("tavily", async () => {
    // https://docs.tavily.com/api-reference/endpoint/search
    api.answer(200, {
      query: "who directed Titanic",
      answer: null,
      images: [],
      results: [
        { title: "Titanic", url: "https://a.example", content: "James Cameron", score: 0.81, raw_content: null },
      ],
      response_time: "1.67",
    });
    expect(await search(api, { provider: "tavily", depth: "advanced" }, { query: "x".repeat(500) })).toEqual([
      { title: "Titanic", url: "https://a.example", snippet: "James Cameron" },
    ]);
    expect(api.seen.at(-1)).toMatchObject({
      method: "POST",
      path: "/search",
      headers: { authorization: `Bearer ${KEY}` },
      body: { query: "x".repeat(400), max_results: 2, search_depth: "advanced" },
    });
  });

  it("searxng", async () => {
    // https://docs.searxng.org/dev/search_api
    api.answer(200, {
      query: "q",
      number_of_results: 0,
      results: [
        { url: "https://a.example", title: "A", content: "text a", engine: "bing", engines: ["bing"], score: 1 },
        { url: "https://b.example", title: "B", content: null },
        { url: "https://c.example", title: "C", content: "text c" },
      ],
      answers: [],
      unresponsive_engines: [],
    });
    expect(
      await search(api, { provider: "searxng", baseUrl: `${api.url}/searx/`, engines: ["bing", "wikipedia"] }),
    ).toEqual([
      { title: "A", url: "https://a.example", snippet: "text a" },
      { title: "B", url: "https://b.example", snippet: "" },
    ]);
    expect(api.seen.at(-1)?.path).toBe(
      "/searx/search?q=who+directed+Titanic&format=json&language=en&engines=bing%2Cwikipedia",
    );
    api.answer(403, "<html>Forbidden</html>");
    expect(told(api, await failure(api, { provider: "searxng", baseUrl: api.url }))).toEqual([
      "searxng (HOST) gives no JSON (status 403): its settings.yml must list json under search.formats",
      false,
      null,
    ]);
  });

  it("brightdata", async () => {
    // https://docs.brightdata.com/scraping-automation/serp-api/parsing-search-results, shortened
    api.answer(200, {
      general: { search_engine: "bing", query: "who directed Titanic" },
      organic: [
        { link: "https://a.example", title: "Titanic", description: "James Cameron", rank: 1, global_rank: 1 },
        { title: "no link" },
      ],
    });
    const bing = { provider: "brightdata", zone: "serp1" } as const;
    expect(await search(api, bing, { query: 'who directed "Titanic"' })).toEqual([
      { title: "Titanic", url: "https://a.example", snippet: "James Cameron" },
      { title: "no link", url: "", snippet: "" },
    ]);
    expect(api.seen.at(-1)).toMatchObject({
      method: "POST",
      path: "/request",
      headers: { authorization: `Bearer ${KEY}` },
      body: {
        zone: "serp1",
        url: "https://www.bing.com/search?q=who+directed+Titanic&mkt=en-US&setLang=en-US&cc=us&brd_json=1",
        format: "raw",
      },
    });
    await search(api, { ...bing, engine: "google", country: "cn" }, { query: "北京" });
    expect((lastRequest().body as { url: string }).url).toBe(
      "https://www.google.com/search?q=%E5%8C%97%E4%BA%AC&hl=zh-CN&gl=cn&brd_json=1",
    );
    // What fails behind it comes with status 200.
    api.answer(200, "", { "x-brd-error": "Unlock failed", "x-brd-status-code": "502" });
    expect(told(api, await failure(api, bing))).toEqual([
      "brightdata (HOST) answers with status 502: Unlock failed",
      true,
      null,
    ]);
    api.answer(200, "", { "x-brd-status-code": "407", "x-brd-err-msg": "Auth failed" });
    expect(told(api, await failure(api, bing))).toEqual([
      "brightdata (HOST) refuses the key (status 407): Auth failed",
      false,
      null,
    ]);
  });
});

describe("keys", () => {
  it.each([
    ["brave", "BRAVE_API_KEY", "https://api-dashboard.search.brave.com"],
    ["serper", "SERPER_API_KEY", "https://serper.dev/api-keys"],
    ["tavily", "TAVILY_API_KEY", "https://app.tavily.com"],
    ["brightdata", "BRIGHTDATA_API_KEY", "https://brightdata.com/cp/setting/users"],
  ] as const)("of %s: a missing one is an error when it is opened", async (provider, keyEnv, page) => {
    const options = searchOptionsSchema.parse({ provider, ...(provider === "brightdata" ? { zone: "z" } : {}) });
    expect(await rejectionMessage(openProvider(options, { env: { [keyEnv]: " " }, onWarning: () => undefined }))).toBe(
      `search by ${provider} needs a key: the environment variable ${keyEnv} is not set\n` +
        `  to fix: make a key at ${page} and set ${keyEnv}, or set search.provider to index or cache, which need none`,
    );
  });

  it("that cannot be sent are not shown", async () => {
    const options = searchOptionsSchema.parse({ provider: "brave", keyEnv: "MINE" });
    expect(
      await rejectionMessage(openProvider(options, { env: { MINE: "secret\nX-Evil: 1" }, onWarning: () => undefined })),
    ).toBe(
      "the key in MINE cannot be sent: it has spaces, line feeds or other signs that no key has\n  to fix: set MINE again, to the key alone",
    );
  });
});

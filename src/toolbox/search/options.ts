/** What the search tool can be told, one schema a provider. A field of another provider is an unknown key here, and so an error. */
import { z } from "zod";
import { indexFields } from "./index/index-settings.ts";

/** As the papers' search tool: ten results of at most 1,000 characters, as `Page 1: …` lines. */
const shared = {
  name: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,63}$/, "lower-case letters, digits and _, beginning with a letter")
    .default("search")
    .describe("name of the tool, as the policy calls it"),
  description: z
    .string()
    .min(1)
    .optional()
    .describe("what the policy is told of it (a sentence that fits the provider)"),
  snippetLength: z.int().min(20).max(100_000).default(1000).describe("characters of a result; longer ones are cut"),
  format: z
    .enum(["pages", "list"])
    .default("pages")
    .describe("pages: `Page 1: …` lines of different texts, as in the papers; list: numbered, with title and address"),
};

const results = (most: number) => z.int().min(1).max(most).default(10).describe(`results of a call, at most ${most}`);

const address = (usual: string) => baseUrl.default(usual).describe("address of the API, without its path");
const baseUrl = z
  .string()
  .regex(/^https?:\/\/[^\s/@?#]+(?:\/[^\s?#]*)?$/, "an http or https address without user, query or fragment")
  .transform((url) => url.replace(/\/+$/, ""));

const keyEnv = (usual: string) =>
  z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "the name of an environment variable (never the key itself)")
    .default(usual)
    .describe("environment variable that holds the key");

const country = (usual: string) =>
  z
    .string()
    .regex(/^[A-Za-z]{2}$/, "two letters")
    .default(usual)
    .describe("country the results are for");
const language = (usual: string) =>
  z
    .string()
    .regex(/^[a-z]{2,3}(?:-[A-Za-z]{2,4})?$|^(?:all|auto)$/, "a language code such as en")
    .default(usual)
    .describe("language of the results");

const brave = z.strictObject({
  provider: z.literal("brave"),
  ...shared,
  results: results(20),
  baseUrl: address("https://api.search.brave.com"),
  keyEnv: keyEnv("BRAVE_API_KEY"),
  country: country("US"),
  language: language("en"),
});

const serper = z.strictObject({
  provider: z.literal("serper"),
  ...shared,
  results: results(100),
  baseUrl: address("https://google.serper.dev"),
  keyEnv: keyEnv("SERPER_API_KEY"),
  country: country("us"),
  language: language("en"),
});

const tavily = z.strictObject({
  provider: z.literal("tavily"),
  ...shared,
  results: results(20),
  baseUrl: address("https://api.tavily.com"),
  keyEnv: keyEnv("TAVILY_API_KEY"),
  depth: z.enum(["basic", "advanced"]).default("basic").describe("advanced costs two credits a search"),
});

const searxng = z.strictObject({
  provider: z.literal("searxng"),
  ...shared,
  results: results(100),
  baseUrl: baseUrl.describe("address of the server, such as http://127.0.0.1:8080"),
  language: language("en"),
  engines: z.array(z.string().min(1)).default([]).describe("engines to ask (the server's own choice)"),
});

const brightdata = z.strictObject({
  provider: z.literal("brightdata"),
  ...shared,
  results: results(100),
  baseUrl: address("https://api.brightdata.com"),
  keyEnv: keyEnv("BRIGHTDATA_API_KEY"),
  zone: z.string().min(1).describe("name of your SERP zone"),
  engine: z.enum(["bing", "google"]).default("bing").describe("whose results page is asked for"),
  country: country("us"),
});

const index = z
  .strictObject({
    provider: z.literal("index"),
    ...shared,
    results: results(100),
    corpus: z
      .string()
      .min(1)
      .optional()
      .describe("folder of text and Markdown files, or a file of rows (JSONL, Parquet)"),
    index: z
      .string()
      .min(1)
      .optional()
      .describe("file of the index (beside the corpus); without a corpus it is taken as it is"),
    ...indexFields,
  })
  .superRefine(({ corpus, index }, context) => {
    if (corpus === undefined && index === undefined) {
      context.addIssue({
        code: "custom",
        path: ["corpus"],
        message: "set corpus, or index to a file that aepo index has made",
      });
    }
  });

const cache = z
  .strictObject({
    provider: z.literal("cache"),
    ...shared,
    results: results(100),
    file: z.string().min(1).describe("JSON object of queries and what was found for them"),
    match: z
      .enum(["exact", "nearest"])
      .default("exact")
      .describe("what answers a query that is not recorded: nothing, or the recorded query that is most like it"),
    threshold: z
      .number()
      .gt(0)
      .lte(1)
      .optional()
      .describe(
        "with match: nearest, how alike they must be (0.7): the share of their words, by weight, that both have",
      ),
  })
  .superRefine(({ match, threshold }, context) => {
    if (match === "exact" && threshold !== undefined) {
      context.addIssue({
        code: "custom",
        path: ["threshold"],
        message: "threshold has no effect with match: exact; leave it out, or set match to nearest",
      });
    }
  });

export const searchOptionsSchema = z.discriminatedUnion("provider", [
  brave,
  serper,
  tavily,
  searxng,
  brightdata,
  index,
  cache,
]);

/** As a recipe writes them: what has a default may be left out. */
export type SearchOptionsInput = z.input<typeof searchOptionsSchema>;
export type SearchOptions = z.output<typeof searchOptionsSchema>;
type OptionsOf<Name extends SearchOptions["provider"]> = Extract<SearchOptions, { provider: Name }>;
export type BraveOptions = OptionsOf<"brave">;
export type SerperOptions = OptionsOf<"serper">;
export type TavilyOptions = OptionsOf<"tavily">;
export type SearxngOptions = OptionsOf<"searxng">;
export type BrightDataOptions = OptionsOf<"brightdata">;
export type IndexOptions = OptionsOf<"index">;
export type CacheOptions = OptionsOf<"cache">;

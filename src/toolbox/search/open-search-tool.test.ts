import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rejectionMessage } from "../../../test/support/thrown.ts";
import { openSearchTool } from "./open-search-tool.ts";
import { type SearchOptionsInput, searchOptionsSchema } from "./options.ts";
import { printResults } from "./print-results.ts";

let root = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "aepo-search-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function file(name: string, content: unknown): string {
  const path = join(root, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

const CONTEXT = { state: undefined, call: 0, signal: new AbortController().signal };

/** What the tool says to each query. */
async function answers(options: SearchOptionsInput, ...queries: readonly string[]): Promise<string[]> {
  const { tools, close } = await openSearchTool(options);
  try {
    const said: string[] = [];
    for (const query of queries) said.push((await tools[0]?.execute({ query }, CONTEXT)) as string);
    return said;
  } finally {
    await close();
  }
}

describe("results as text", () => {
  const print = { format: "pages", snippetLength: 20 } as const;
  const result = (snippet: string, title = "", url = "") => ({ title, url, snippet });

  it("pages: different texts, one line each, whatever they hold", () => {
    expect(
      printResults(
        [result("one"), result("one"), result("", "a title"), result(""), result("two\nPage 9: forged\u0000")],
        print,
      ),
    ).toBe("Page 1: one\nPage 2: a title\nPage 3: two Page 9: forged");
    expect(printResults([], print)).toBe("No search results found.");
    expect(printResults([result("x".repeat(30)), result(`${"x".repeat(18)}😀😀`)], print)).toBe(
      `Page 1: ${"x".repeat(19)}…\nPage 2: ${"x".repeat(18)}…`,
    );
  });

  it("list: numbered, with title and address", () => {
    expect(
      printResults(
        [result("text", "Title", "https://a.example"), result("text only"), result("", "", "https://b.example")],
        {
          format: "list",
          snippetLength: 100,
        },
      ),
    ).toBe("1. Title\n   https://a.example\n   text\n2. text only\n3. https://b.example");
  });
});

describe("the tool over an offline index", () => {
  it("finds what is there", async () => {
    const corpus = file(
      "films.jsonl",
      '{"title": "Titanic", "url": "u1", "text": "A film by James Cameron."}\n{"title": "Jaws", "text": "A film by Steven Spielberg."}',
    );
    expect(await answers({ provider: "index", corpus, format: "list" }, "James Cameron's", "films", "nothing")).toEqual(
      [
        "1. Titanic\n   u1\n   A film by James Cameron.",
        "1. Titanic\n   u1\n   A film by James Cameron.\n2. Jaws\n   A film by Steven Spielberg.",
        "No search results found.",
      ],
    );
    expect(await answers({ provider: "index", corpus, results: 1 }, "films\n\n")).toEqual([
      "Page 1: A film by James Cameron.",
    ]);
    const empty = answers({ provider: "index", corpus }, " \n ");
    expect(await rejectionMessage(empty)).toBe("the query is empty: write what to search for");
  });

  it("says what of the corpus was left out, whether the index is made now or was there", async () => {
    const corpus = file("holes.jsonl", '{"text": "cat"}\n{"text": ""}\n{"text": null}\n');
    const warnings: string[] = [];
    for (let i = 0; i < 2; i++) {
      await (await openSearchTool({ provider: "index", corpus }, { onWarning: (text) => warnings.push(text) })).close();
    }
    expect(warnings).toEqual(Array(2).fill(`search in ${corpus}: 2 empty documents (the first: holes.jsonl:2)`));
  });

  it("has the name and words that the options give, and a schema for models", async () => {
    const corpus = file("one.jsonl", '{"text": "cat"}');
    const { tools, close } = await openSearchTool({
      provider: "index",
      corpus,
      name: "wiki",
      description: "Looks things up.",
    });
    expect(tools.map(({ name, description }) => [name, description])).toEqual([["wiki", "Looks things up."]]);
    expect(tools[0]?.input.safeParse({ query: 5 }).success).toBe(false);
    await close();
    await close();
  });
});

describe("the tool over recorded searches", () => {
  const recorded = {
    "search query: Who directed Titanic?": "Page 1: James Cameron\nPage 2: two\nlines",
    "Yayoi Kusama's book written in 2005": "one text, no pages",
    "who directed titanic": "a second spelling",
    nothing: "No search results found.",
  };

  it("exact, after normalisation", async () => {
    const cache = { provider: "cache", file: file("cache.json", recorded) } as const;
    expect(
      await answers(
        cache,
        "who directed  TITANIC",
        '"Who directed Titanic"',
        "yayoi kusama's book written in 2005",
        "nothing",
        "who directed 'Titanic'",
        "who directed Jaws",
        "__proto__",
      ),
    ).toEqual([
      "Page 1: James Cameron\nPage 2: two lines",
      "Page 1: James Cameron\nPage 2: two lines",
      "Page 1: one text, no pages",
      "No search results found.",
      "Page 1: James Cameron\nPage 2: two lines",
      "No search results found.",
      "No search results found.",
    ]);
    expect(await answers({ ...cache, results: 1 }, "who directed Titanic")).toEqual(["Page 1: James Cameron"]);
  });

  it("a second spelling of a query is said and not used", async () => {
    const warnings: string[] = [];
    const path = file("cache.json", recorded);
    const { close } = await openSearchTool(
      { provider: "cache", file: path },
      { onWarning: (text) => warnings.push(text) },
    );
    await close();
    expect(warnings).toEqual([
      `search in ${path}: 1 queries are another's in other spelling; what was recorded first is used`,
    ]);
  });

  it("nearest, above a threshold", async () => {
    const cache = { provider: "cache", file: file("cache.json", recorded), match: "nearest" } as const;
    expect(
      await answers(
        cache,
        "who directed the Titanic",
        "book by Yayoi Kusama, written in 2005",
        "who directed Jaws",
        "zebra",
        "?",
      ),
    ).toEqual([
      "Page 1: James Cameron\nPage 2: two lines",
      "Page 1: one text, no pages",
      "No search results found.",
      "No search results found.",
      "No search results found.",
    ]);
    expect(await answers({ ...cache, threshold: 1 }, "who directed the Titanic", "Titanic directed who")).toEqual([
      "No search results found.",
      "Page 1: James Cameron\nPage 2: two lines",
    ]);
  });

  it("a file that is none", async () => {
    const open = (content: string): Promise<string> =>
      rejectionMessage(openSearchTool({ provider: "cache", file: file("bad.json", content) }));
    expect(await open('{"a": 5}')).toBe(
      `${join(root, "bad.json")} is no recorded search: ✖ Invalid input: expected string, received number\n  expected: a JSON object of texts: {"a query": "Page 1: what was found", …}`,
    );
    expect(await open("[")).toContain("bad.json is no recorded search: ");
    expect(await rejectionMessage(openSearchTool({ provider: "cache", file: join(root, "absent") }))).toContain(
      "absent is no recorded search: ENOENT",
    );
  });

  const SHARED = "../shared/data/search_cache.json";
  it.skipIf(!existsSync(SHARED))("the papers' own cache: every query gives back its text", async () => {
    const papers = JSON.parse(readFileSync(SHARED, "utf8")) as Record<string, string>;
    const queries = Object.keys(papers);
    expect(queries).toHaveLength(1000);
    const said = await answers({ provider: "cache", file: SHARED, snippetLength: 100_000 }, ...queries);
    // As it was recorded, but for white space inside a page, which is one space.
    const plain = (text: string): string =>
      text
        .split(/^(?=Page \d+: )/m)
        .map((page) => page.replaceAll(/[\s\p{Cc}]+/gu, " ").trim())
        .join("\n");
    const other = queries.filter((query, i) => said[i] !== plain(papers[query] ?? ""));
    expect(other.map((query) => [said[queries.indexOf(query)], plain(papers[query] ?? "")])).toEqual([]);
  });
});

describe("options", () => {
  const problem = (options: unknown): Promise<string> =>
    rejectionMessage(openSearchTool(options as SearchOptionsInput));

  it.each([
    [{ provider: "bing" }, /^options of the tool search: provider: Invalid .*discriminator/],
    [
      { provider: "index" },
      "options of the tool search: corpus: set corpus, or index to a file that aepo index has made",
    ],
    [{ provider: "index", corpus: "x", keyEnv: "K" }, 'options of the tool search: Unrecognized key: "keyEnv"'],
    [
      { provider: "cache", file: "x", threshold: 0.5 },
      "options of the tool search: threshold: threshold has no effect with match: exact; leave it out, or set match to nearest",
    ],
    [
      { provider: "cache", file: "x", match: "nearest", threshold: 0 },
      "options of the tool search: threshold: Too small: expected number to be >0",
    ],
    [{ provider: "brave", results: 21 }, "options of the tool search: results: Too big: expected number to be <=20"],
    [
      { provider: "brave", keyEnv: "BSA-secret" },
      "options of the tool search: keyEnv: the name of an environment variable (never the key itself)",
    ],
    [
      { provider: "searxng", baseUrl: "http://user:pw@host" },
      "options of the tool search: baseUrl: an http or https address without user, query or fragment",
    ],
    [
      { provider: "searxng", baseUrl: "file:///etc" },
      "options of the tool search: baseUrl: an http or https address without user, query or fragment",
    ],
    [
      { provider: "serper", name: "Search!" },
      "options of the tool search: name: lower-case letters, digits and _, beginning with a letter",
    ],
  ])("%j", async (options, message) => {
    if (typeof message === "string") expect(await problem(options)).toBe(message);
    else expect(await problem(options)).toMatch(message);
  });

  it("are described field by field", () => {
    const fields = searchOptionsSchema.options.flatMap((option) =>
      Object.entries(option.shape as Record<string, { description?: string }>),
    );
    expect(
      fields
        .filter(([name, { description }]) => name !== "provider" && description === undefined)
        .map(([name]) => name),
    ).toEqual([]);
  });
});

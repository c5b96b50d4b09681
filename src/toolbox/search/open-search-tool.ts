/** The tool `search`: a query in, the results as lines out, from whatever provider the options name. */
import { z } from "zod";
import { type AnyTool, tool } from "../../tools/tool.ts";
import type { OpenTool } from "../open-tool.ts";
import { toolOptions } from "../tool-options.ts";
import { openProvider, type Surroundings } from "./open-provider.ts";
import { type SearchOptions, type SearchOptionsInput, searchOptionsSchema } from "./options.ts";
import { printResults } from "./print-results.ts";
import type { SearchProvider } from "./search-provider.ts";

const DESCRIPTIONS: Readonly<Record<SearchOptions["provider"], string>> = {
  brave: "Searches the web and returns the results.",
  serper: "Searches the web and returns the results.",
  tavily: "Searches the web and returns the results.",
  searxng: "Searches the web and returns the results.",
  brightdata: "Searches the web and returns the results.",
  index: "Searches a collection of documents and returns the passages that fit best.",
  cache: "Searches the web and returns the results.",
};

const inputSchema = z.object({ query: z.string().describe("what to search for, in words") });

/** Throws AepoError("config") for a missing key or corpus. The index of a corpus is made here if it is not there yet. */
export async function openSearchTool(given: SearchOptionsInput, around: Partial<Surroundings> = {}): Promise<OpenTool> {
  const options = toolOptions("search", searchOptionsSchema, given);
  const provider = await openProvider(options, { env: process.env, onWarning: () => undefined, ...around });
  return {
    tools: [searchTool(provider, options)],
    close: async () => provider.close?.(),
  };
}

function searchTool(provider: SearchProvider, options: SearchOptions): AnyTool {
  const { name, description = DESCRIPTIONS[options.provider], results, format, snippetLength } = options;
  return tool({
    name,
    description,
    input: inputSchema,
    async execute({ query }, { signal }) {
      const asked = query.replaceAll(/[\s\p{Cc}]+/gu, " ").trim();
      if (asked === "") throw new Error("the query is empty: write what to search for");
      return printResults(await provider.search(asked, results, signal), { format, snippetLength });
    },
  });
}

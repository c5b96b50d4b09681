/** The tool `search`: a query in, the results as lines out, from whatever provider the options name. */
import { z } from "zod";
import { AepoError } from "../../std/errors.ts";
import { type AnyTool, tool } from "../../tools/tool.ts";
import { faultsOf } from "../../tools/tool-input.ts";
import type { OpenTool } from "../open-tool.ts";
import type { BuildOptions } from "./index/build-index.ts";
import { openProvider } from "./open-provider.ts";
import { type SearchOptions, type SearchOptionsInput, searchOptionsSchema } from "./options.ts";
import { printResults } from "./print-results.ts";
import type { Environment } from "./provider-key.ts";
import type { SearchProvider } from "./search-provider.ts";

export interface OpenSearch extends BuildOptions {
  /** Where keys are looked up; the process's own without it. */
  readonly env?: Environment;
}

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

export async function openSearchTool(
  options: SearchOptionsInput,
  { env = process.env, ...build }: OpenSearch = {},
): Promise<OpenTool> {
  const parsed = searchOptionsSchema.safeParse(options);
  if (!parsed.success) throw new AepoError("config", `options of the search tool: ${faultsOf(parsed.error)}`);
  const provider = await openProvider(parsed.data, env, build);
  return {
    tools: [searchTool(provider, parsed.data)],
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

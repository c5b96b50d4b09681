/** The provider that the options name. What it needs (a key, a file) is asked for here, before anything is searched. */
import { cacheProvider } from "./cache/cache-provider.ts";
import type { BuildOptions } from "./index/build-options.ts";
import { indexProvider } from "./index/index-provider.ts";
import type { SearchOptions } from "./options.ts";
import type { Environment } from "./provider-key.ts";
import { braveProvider } from "./providers/brave.ts";
import { brightDataProvider } from "./providers/bright-data.ts";
import { searxngProvider } from "./providers/searxng.ts";
import { serperProvider } from "./providers/serper.ts";
import { tavilyProvider } from "./providers/tavily.ts";
import type { SearchProvider } from "./search-provider.ts";

export interface Surroundings extends BuildOptions {
  /** Where keys are looked up. */
  readonly env: Environment;
  /** Told what was left out of a corpus or of recorded searches, or mended in it. */
  onWarning(text: string): void;
}

export async function openProvider(options: SearchOptions, around: Surroundings): Promise<SearchProvider> {
  switch (options.provider) {
    case "brave":
      return braveProvider(options, around.env);
    case "serper":
      return serperProvider(options, around.env);
    case "tavily":
      return tavilyProvider(options, around.env);
    case "searxng":
      return searxngProvider(options);
    case "brightdata":
      return brightDataProvider(options, around.env);
    case "index":
      return indexProvider(options, around);
    case "cache":
      return cacheProvider(options, around);
  }
}

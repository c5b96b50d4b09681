/** Providers asked over a server of the test. */
import { ToolFailure } from "../../../tools/tool-failure.ts";
import { openProvider } from "../open-provider.ts";
import { type SearchOptionsInput, searchOptionsSchema } from "../options.ts";
import type { SearchResult } from "../search-provider.ts";
import type { ApiServer } from "./api-server.ts";

export const KEY = "key-of-the-test";
const ENV = { BRAVE_API_KEY: KEY, SERPER_API_KEY: KEY, TAVILY_API_KEY: KEY, BRIGHTDATA_API_KEY: `  ${KEY}\n` };

export interface Asked {
  readonly query?: string;
  readonly signal?: AbortSignal;
}

/** The first two results. */
export async function search(
  api: ApiServer,
  options: SearchOptionsInput,
  { query = "who directed Titanic", signal = AbortSignal.timeout(60_000) }: Asked = {},
): Promise<readonly SearchResult[]> {
  const provider = await openProvider(searchOptionsSchema.parse({ baseUrl: api.url, ...options }), {
    env: ENV,
    onWarning: () => undefined,
  });
  return provider.search(query, 2, signal);
}

export async function failure(api: ApiServer, options: SearchOptionsInput): Promise<ToolFailure> {
  const thrown: unknown = await search(api, options).then(
    () => "results",
    (thrown: unknown) => thrown,
  );
  if (thrown instanceof ToolFailure) return thrown;
  throw new Error(`no failure of a tool: ${String(thrown)}`);
}

/** Its message (with HOST for the server), whether to try again, and when. */
export function told(api: ApiServer, { message, retryable, retryAfterMs }: ToolFailure): unknown[] {
  return [message.replaceAll(api.url.slice("http://".length), "HOST"), retryable, retryAfterMs ?? null];
}

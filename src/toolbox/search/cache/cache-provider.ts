/** Searches that were recorded: a JSON object of queries and the text found for each. What is not in it was not found. */
import { readFileSync, statSync } from "node:fs";
import { z } from "zod";
import { AepoError, messageOf } from "../../../std/errors.ts";
import type { CacheOptions } from "../options.ts";
import type { SearchProvider } from "../search-provider.ts";
import { openNearest } from "./nearest.ts";
import { normalQuery } from "./normal-query.ts";
import { recordedPages } from "./recorded-pages.ts";

const MAX_BYTES = 256 * 2 ** 20;
/**
 * On the papers' 1,000 recorded searches: of queries without their function words and in reverse order 330 of 332 find the right one at
 * 0.7; 3 % of the recorded queries are that near to another that asks something else (7 % at 0.6).
 */
const THRESHOLD = 0.7;

const recordsSchema = z.record(z.string(), z.string());

export interface CacheSurroundings {
  /** Told what of the recorded searches is not used. */
  onWarning(text: string): void;
}

export function cacheProvider(
  { file, match, threshold = THRESHOLD }: CacheOptions,
  { onWarning }: CacheSurroundings,
): SearchProvider {
  const texts = new Map<string, string>();
  let twice = 0;
  for (const [query, text] of Object.entries(records(file))) {
    const key = normalQuery(query);
    if (texts.has(key)) twice++;
    else texts.set(key, text);
  }
  if (twice > 0)
    onWarning(`search in ${file}: ${twice} queries are another's in other spelling; what was recorded first is used`);
  const nearest = match === "nearest" ? openNearest([...texts.keys()]) : null;
  const lookUp = (query: string): string => {
    const key = normalQuery(query);
    const exact = texts.get(key);
    if (exact !== undefined || nearest === null) return exact ?? "";
    const found = nearest(key);
    return found === null || found.likeness < threshold ? "" : (texts.get(found.key) ?? "");
  };
  return {
    name: "cache",
    // oxlint-disable-next-line typescript/require-await -- a provider may have to wait; this one does not.
    async search(query, count, signal) {
      signal.throwIfAborted();
      return recordedPages(lookUp(query)).slice(0, count);
    },
  };
}

function records(file: string): Readonly<Record<string, string>> {
  try {
    if (statSync(file).size > MAX_BYTES) throw new Error(`more than ${MAX_BYTES} bytes`);
    const parsed = recordsSchema.safeParse(JSON.parse(readFileSync(file, "utf8")));
    if (!parsed.success) throw new Error((z.prettifyError(parsed.error).split("\n")[0] ?? "").slice(0, 200));
    return parsed.data;
  } catch (thrown) {
    throw new AepoError("config", `${file} is no recorded search: ${messageOf(thrown)}`, {
      expected: 'a JSON object of texts: {"a query": "Page 1: what was found", …}',
    });
  }
}

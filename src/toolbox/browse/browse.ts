/** One call of browse: fetch, make readable, and run the page in Chromium where that is asked for. */
import { messageOf } from "../../std/errors.ts";
import { withDeadline } from "../../std/until-aborted.ts";
import { LateFailure } from "../../tools/late-failure.ts";
import type { BrowsedText } from "./browsed-text.ts";
import type { DocumentSource, ReadDocument } from "./document/read-document.ts";
import { fetchUrl } from "./fetch-url.ts";
import type { Guard } from "./guard.ts";
import type { Renderer } from "./javascript/renderer.ts";
import type { BrowseOptions } from "./options.ts";

export interface BrowseParts {
  readonly options: BrowseOptions;
  readonly guard: Guard;
  readonly read: (source: DocumentSource, signal: AbortSignal) => Promise<ReadDocument>;
  /** Null where pages are never run. */
  readonly renderer: Renderer | null;
}

/** Throws, in words for the policy. */
export async function browsed(parts: BrowseParts, url: URL, outer: AbortSignal): Promise<BrowsedText> {
  const { options, guard, renderer } = parts;
  const { timeoutMs, content, javascript } = options;
  const late = (): Error => new LateFailure(`${url.href} was not read within ${timeoutMs} ms`, { retryable: false });
  return withDeadline(outer, timeoutMs, late, async (signal) => {
    const fetched = await fetchUrl(url, guard, options, signal);
    const source = { ...fetched, url: fetched.url.href, content };
    const plain = await readable(parts, source, signal);
    const isEnough = !plain.isHtml || (javascript === "when-needed" && !plain.needsJavaScript);
    if (renderer === null || isEnough) return textOf(source, plain);
    const { html, cut, url: end } = await renderer.render(fetched.url, signal);
    const rendered = { bytes: new TextEncoder().encode(html), cut, contentType: HTML, url: end, content };
    return textOf(rendered, await readable(parts, rendered, signal));
  });
}

const HTML = "text/html; charset=utf-8";

function textOf({ url, cut }: DocumentSource, { title, text }: ReadDocument): BrowsedText {
  return { url, title, text, cut };
}

async function readable({ read }: BrowseParts, source: DocumentSource, signal: AbortSignal): Promise<ReadDocument> {
  try {
    return await read(source, signal);
  } catch (thrown) {
    const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
    const isTooMuch = code === "ERR_WORKER_OUT_OF_MEMORY" || thrown instanceof RangeError;
    const why = isTooMuch ? "it is too large or too deeply nested to be read" : messageOf(thrown);
    throw new Error(`${source.url}: ${why}`, { cause: thrown });
  }
}

/**
 * The tool `browse`: a web page, text file or PDF as Markdown, page by page. It reaches public addresses only; what it reads is
 * made readable in a thread that can be killed. The texts read last are kept, so that the next page is of the same text.
 */
import { z } from "zod";
import { tool } from "../../tools/tool.ts";
import type { OpenTool } from "../open-tool.ts";
import { toolOptions } from "../tool-options.ts";
import { openWorkerPool, type WorkerPool } from "../worker-pool.ts";
import { browsed } from "./browse.ts";
import { shownPage } from "./browsed-text.ts";
import type { DocumentSource, ReadDocument } from "./document/read-document.ts";
import { openGuard, type Resolve } from "./guard.ts";
import { openRenderer } from "./javascript/renderer.ts";
import { type BrowseOptionsInput, browseOptionsSchema } from "./options.ts";
import { RecentTexts } from "./recent-texts.ts";

export interface BrowseSurroundings {
  readonly signal?: AbortSignal;
  /** Looks host names up; the system by default. */
  readonly resolve?: Resolve;
}

const input = z.object({
  url: z.string().describe("http:// or https:// address of a page"),
  page: z.int().min(1).optional().describe("page of a long text, 1 by default"),
});

/** Throws AepoError("config") for options that contradict each other, and where Chromium is asked for and cannot start. */
export async function openBrowseTool(
  given: BrowseOptionsInput = {},
  { signal, resolve }: BrowseSurroundings = {},
): Promise<OpenTool> {
  const options = toolOptions("browse", browseOptionsSchema, given);
  const guard = openGuard(options.allow, resolve);
  signal?.throwIfAborted();
  const renderer = options.javascript === "never" ? null : await openRenderer(options, guard);
  const readers = openReaders();
  const close = async (): Promise<void> => void (await Promise.all([renderer?.close(), readers.close()]));
  try {
    await readers.run(EMPTY_PAGE, new AbortController().signal);
  } catch (thrown) {
    await close();
    throw thrown;
  }
  const parts = { options, guard, read: readers.run, renderer };
  const recent = new RecentTexts();
  const browse = tool({
    name: "browse",
    description: "Reads a web page, a text file or a PDF as Markdown.",
    input,
    async execute({ url: address, page = 1 }, { signal }) {
      const url = webUrl(address);
      const kept = page > 1 ? recent.get(url.href) : undefined;
      const found = kept ?? (await browsed(parts, url, signal));
      if (kept === undefined) recent.set(url.href, found);
      return shownPage(found, page, options.pageChars);
    },
  });
  return { tools: [browse], close };
}

/** Read when the tool is opened: starting a thread is slow, and if it cannot start, it fails then. */
const EMPTY_PAGE: DocumentSource = {
  bytes: new Uint8Array(),
  cut: false,
  contentType: "text/html",
  url: "about:blank",
  content: "whole",
};

function openReaders(): WorkerPool<DocumentSource, ReadDocument> {
  return openWorkerPool({
    from: import.meta.url,
    file: "document/read-document",
    work: "readDocument",
    threads: 2,
    memoryMiB: 512,
  });
}

/** A host without http:// is taken for a web page. */
function webUrl(address: string): URL {
  const text = address.trim();
  const url = text.includes("://") || URL.canParse(text) ? text : `https://${text}`;
  if (!URL.canParse(url)) throw new Error(`${JSON.stringify(text.slice(0, 200))} is no URL`);
  return new URL(url);
}

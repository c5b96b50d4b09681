/**
 * JavaScript pages: loaded in the system's Chromium, and the HTML that their scripts made. Every page has a context of its own
 * (no cookies, no storage kept, no service workers, no sockets) and all its connections go through the guard's proxy. A
 * Chromium that died is started again by the next page.
 */
import type { Browser, BrowserContext, Page } from "playwright-core";
import type { BrowseOptions } from "../options.ts";
import type { Guard } from "../guard.ts";
import { findChromium } from "./find-chromium.ts";
import { type GuardProxy, openGuardProxy } from "./guard-proxy.ts";
import { launchChromium } from "./launch-chromium.ts";

export interface RenderedPage {
  readonly html: string;
  readonly cut: boolean;
  readonly url: string;
}

export interface Renderer {
  /** Throws, in words for the policy. The page is closed when the signal fires. */
  render(url: URL, signal: AbortSignal): Promise<RenderedPage>;
  close(): Promise<void>;
}

export type RenderOptions = Pick<BrowseOptions, "executablePath" | "sandbox" | "maxBytes" | "userAgent">;

/** How much of what a page loads, scripts and all, may come over one connection. */
const BYTES_A_CONNECTION = 10;
/** How long a loaded page may go on loading what its scripts ask for. */
const QUIET_WITHIN_MS = 5000;
const NOT_READ = ["image", "media", "font"];

/** Throws AepoError("config") where playwright-core or Chromium is missing or does not start. */
export async function openRenderer(options: RenderOptions, guard: Guard): Promise<Renderer> {
  const executablePath = findChromium(options.executablePath);
  const proxy = await openGuardProxy(guard, options.maxBytes * BYTES_A_CONNECTION);
  const start = async (): Promise<Browser> => launchChromium(executablePath, options.sandbox ?? true, proxy.port);
  try {
    return running(options, proxy, start, await start());
  } catch (thrown) {
    await proxy.close();
    throw thrown;
  }
}

function running(options: RenderOptions, proxy: GuardProxy, start: () => Promise<Browser>, first: Browser): Renderer {
  let browser = Promise.resolve(first);
  const alive = async (): Promise<Browser> => {
    const known = browser;
    const isDead = !(await known.catch(() => null))?.isConnected();
    // Two pages that find it dead start one.
    if (isDead && browser === known) browser = start();
    return browser;
  };
  return {
    async render(url, signal) {
      const context = await (await alive()).newContext({
        serviceWorkers: "block",
        acceptDownloads: false,
        userAgent: options.userAgent,
      });
      const stop = (): void => void context.close().catch(() => undefined);
      signal.addEventListener("abort", stop, { once: true });
      try {
        signal.throwIfAborted();
        return await rendered(context, url, options.maxBytes);
      } finally {
        signal.removeEventListener("abort", stop);
        stop();
      }
    },
    async close() {
      await (await browser.catch(() => null))?.close();
      await proxy.close();
    },
  };
}

async function rendered(context: BrowserContext, url: URL, maxBytes: number): Promise<RenderedPage> {
  // What is not text is not loaded; sockets would be guarded, too, but a page can do without.
  await context.route("**/*", async (route) =>
    NOT_READ.includes(route.request().resourceType()) ? route.abort() : route.continue(),
  );
  await context.routeWebSocket(/.*/, (socket) => void socket.close());
  const page = await context.newPage();
  context.on("page", (popup) => void popup.close().catch(() => undefined));
  try {
    // The time limit is the caller's: it closes the page.
    await page.goto(url.href, { waitUntil: "load", timeout: 0 });
  } catch (thrown) {
    throw new Error(`Chromium could not load ${url.href}: ${firstLine(thrown)}`, { cause: thrown });
  }
  await page.waitForLoadState("networkidle", { timeout: QUIET_WITHIN_MS }).catch(() => undefined);
  const html = await htmlOf(page, maxBytes);
  const end = page.url();
  if (!/^https?:/.test(end)) throw new Error(`the scripts of ${url.href} left it for ${end.slice(0, 200)}`);
  return { html: html.slice(0, maxBytes), cut: html.length > maxBytes, url: end };
}

/** Read in a world of its own, where the page's scripts cannot have changed what reading means. */
async function htmlOf(page: Page, maxChars: number): Promise<string> {
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send("Page.getFrameTree");
  const { executionContextId } = await session.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id });
  const { result } = await session.send("Runtime.evaluate", {
    contextId: executionContextId,
    expression: `document.documentElement.outerHTML.slice(0, ${maxChars + 1})`,
    returnByValue: true,
  });
  return String(result.value ?? "");
}

function firstLine(thrown: unknown): string {
  const [line = ""] = (thrown instanceof Error ? thrown.message : String(thrown)).split("\n");
  return line.replace(/^page\.goto: /, "");
}

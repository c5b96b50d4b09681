/**
 * One document by HTTP: redirects followed, each hop through the guard; the body read up to a limit, before and after
 * decompression. No cookies, no connection kept.
 */
import { type IncomingMessage, type RequestOptions, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { ToolFailure } from "../../tools/tool-failure.ts";
import type { BrowseOptions } from "./options.ts";
import type { Guard } from "./guard.ts";
import { networkFailure, statusFailure } from "./failures.ts";
import { pinnedLookup } from "./pinned-lookup.ts";
import { type Body, readBody } from "./read-body.ts";

export interface Fetched extends Body {
  /** Where the redirects ended. */
  readonly url: URL;
  /** The Content-Type header, "" without one. */
  readonly contentType: string;
}

export type FetchLimits = Pick<BrowseOptions, "maxBytes" | "maxRedirects" | "userAgent">;

const REDIRECTS = [301, 302, 303, 307, 308];

/** Throws, in words for the policy; ToolFailure where another try may help. */
export async function fetchUrl(start: URL, guard: Guard, limits: FetchLimits, signal: AbortSignal): Promise<Fetched> {
  let url = start;
  for (let hop = 0; hop <= limits.maxRedirects; hop++) {
    const response = await answerOf(url, guard, limits, signal);
    try {
      const { statusCode = 0, headers } = response;
      if (REDIRECTS.includes(statusCode) && headers.location !== undefined) {
        url = redirected(url, headers.location);
        continue;
      }
      if (statusCode < 200 || statusCode > 299) throw statusFailure(url, response);
      const body = await readBody(response, limits.maxBytes).catch((thrown: unknown) => {
        // A connection that was given up looks like one that broke.
        throw signal.aborted ? signal.reason : networkFailure(url, thrown);
      });
      return { ...body, url, contentType: headers["content-type"] ?? "" };
    } finally {
      response.destroy();
    }
  }
  throw new Error(`${start.href} redirects more than ${limits.maxRedirects} times`);
}

async function answerOf(
  url: URL,
  guard: Guard,
  { userAgent }: FetchLimits,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const addresses = await guard.addresses(url).catch((thrown: unknown) => {
    throw networkFailure(url, thrown);
  });
  const options: RequestOptions = {
    agent: false,
    signal,
    lookup: pinnedLookup(addresses),
    headers: {
      "user-agent": userAgent,
      accept: "text/html,application/xhtml+xml,application/pdf,text/plain,application/json;q=0.9,*/*;q=0.5",
      "accept-language": "en,*;q=0.5",
      "accept-encoding": "gzip, br",
    },
  };
  return new Promise((resolve, reject) => {
    const request = (url.protocol === "https:" ? httpsRequest : httpRequest)(url, options, resolve);
    request.on("upgrade", (_, socket) => {
      socket.destroy();
      reject(new ToolFailure(`${url.host} answered with another protocol`, { retryable: false }));
    });
    request.on("error", (thrown) => reject(networkFailure(url, thrown)));
    request.end();
  });
}

function redirected(from: URL, location: string): URL {
  if (URL.canParse(location, from)) return new URL(location, from);
  throw new Error(`${from.href} redirects to ${JSON.stringify(location.slice(0, 200))}, no URL`);
}

/** Who may ask: whoever has the key, and without one programs on this machine alone, not pages in its browser. */
import { createHash, timingSafeEqual } from "node:crypto";
import { AepoError } from "../std/errors.ts";
import { ApiError } from "./api-error.ts";

export interface Access {
  readonly host: string;
  readonly apiKey: string | null;
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Throws where anybody could ask. */
export function checkAccess({ host, apiKey }: Access): void {
  if (apiKey !== null && (apiKey.trim() !== apiKey || apiKey.length < 8)) {
    throw new AepoError("usage", "the API key is too easy", {
      expected: "at least 8 characters, no white space at its ends",
    });
  }
  if (apiKey !== null || isLoopback(host)) return;
  throw new AepoError(
    "usage",
    `--host ${host} without an API key: everybody who can reach this machine could use the model`,
    {
      fix: "set AEPO_API_KEY, or leave --host out to serve this machine only",
    },
  );
}

/** Throws 401 or 403. */
export function authorise({ apiKey }: Access, headers: Headers): void {
  if (apiKey !== null) {
    const given = givenKey(headers);
    if (given !== undefined && isSame(given, apiKey)) return;
    const what =
      given === undefined ? "no API key was given: send it as Authorization: Bearer KEY" : "the API key is wrong";
    throw new ApiError(401, what, {
      type: "authentication_error",
      code: "invalid_api_key",
      headers: { "www-authenticate": "Bearer" },
    });
  }
  // A page whose own name resolves to this machine comes with that name.
  const host = headers.get("host") ?? "";
  if (isLoopback(host.replace(/:\d+$/, ""))) return;
  throw new ApiError(403, `requests for the host "${host}" are not answered: this server is for this machine only`);
}

/** As OpenAI's clients send it, or Tinker's. */
function givenKey(headers: Headers): string | undefined {
  return /^Bearer +(.+)$/i.exec(headers.get("authorization") ?? "")?.[1] ?? headers.get("x-api-key") ?? undefined;
}

function isSame(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

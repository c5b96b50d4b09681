/**
 * One request to the Hub. Redirects are followed by hand: the token goes to the endpoint's own origin and nowhere else,
 * never from https to http. Answers that a later try can mend are thrown as `Transient`, others as errors for the user.
 */
import { AepoError, messageOf } from "../../std/errors.ts";
import type { HubSession } from "./session.ts";
import type { HubSpec } from "./spec.ts";
import { answerError } from "./answer-error.ts";

const MAX_REDIRECTS = 10;
const REDIRECTS = [301, 302, 303, 307, 308];
const TRANSIENT = [408, 425, 429, 500, 502, 503, 504, 520, 522, 524];
/** Failures of a connection that will be the same next time. */
const PERMANENT = /^(ENOTFOUND$|CERT_|ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/;

/** A failure that may be gone at the next try. */
export class Transient extends Error {
  readonly retryAfterMs: number | null;

  constructor(message: string, retryAfterMs: number | null = null) {
    super(message);
    this.name = "Transient";
    this.retryAfterMs = retryAfterMs;
  }
}

/** The Hub could not be reached; a cache may stand in. */
export class Unreachable extends AepoError {}

export interface HubAnswer {
  readonly response: Response;
  /** What the Hub said the file's content is (before it sent us to the host that holds it), if it did. */
  readonly etag: string | null;
  /** To be called with every sign of life: the connection is given up after `stallMs` without. */
  alive(): void;
  /** No more is read. */
  done(): void;
}

export interface HubRequest {
  readonly method?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Sends a request; the answer is a good one. */
export async function send(session: HubSession, spec: HubSpec, url: string, request: HubRequest): Promise<HubAnswer> {
  session.signal?.throwIfAborted();
  const stall = stallGuard(session);
  try {
    const { response, etag, ours } = await follow(session, new URL(url), request, stall.signal);
    // 416: there is no such rest of a file; who asked for one knows what to do.
    if (response.ok || response.status === 416) return { response, etag, alive: stall.alive, done: stall.done };
    const text = await response.text();
    // Links to other hosts are signed for a short time: the next try gets a new one.
    if (!ours || TRANSIENT.includes(response.status))
      throw new Transient(`status ${response.status}`, retryAfter(response));
    throw answerError(session, spec, response, text);
  } catch (thrown) {
    stall.done();
    throw connectionError(session, thrown, new URL(url).host);
  }
}

/** What a failure of a connection is to the user: nothing yet, if another try makes sense. */
export function connectionError(session: HubSession, thrown: unknown, host: string): unknown {
  if (session.signal?.aborted === true) return session.signal.reason;
  if (thrown instanceof AepoError || thrown instanceof Transient) return thrown;
  const code = causeOf(thrown);
  if (code !== null && PERMANENT.test(code)) return unreachable(host, code);
  return new Transient(code ?? messageOf(thrown));
}

export function unreachable(host: string, reason: string): Unreachable {
  return new Unreachable("policy", `cannot reach ${host}: ${reason}`, {
    fix: "check the network and HF_ENDPOINT, and try again: what is downloaded stays; HF_HUB_OFFLINE=1 uses the cache alone",
  });
}

async function follow(
  session: HubSession,
  first: URL,
  { headers, ...request }: HubRequest,
  signal: AbortSignal,
): Promise<{ readonly response: Response; readonly etag: string | null; readonly ours: boolean }> {
  let [target, etag]: [URL, string | null] = [first, null];
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const ours = target.origin === new URL(session.endpoint).origin;
    const authorization = ours && session.token !== null ? { authorization: `Bearer ${session.token}` } : {};
    const init = { ...request, headers: { ...headers, ...authorization }, redirect: "manual" as const, signal };
    const response = await fetch(target, init);
    if (ours) etag = etagOf(response) ?? etag;
    if (!REDIRECTS.includes(response.status)) return { response, etag, ours };
    await response.body?.cancel();
    target = redirectTarget(target, response.headers.get("location"));
  }
  throw new AepoError("policy", `${first.host} redirects more than ${MAX_REDIRECTS} times`, { exists: first.href });
}

function redirectTarget(from: URL, location: string | null): URL {
  const to = location !== null && URL.canParse(location, from.href) ? new URL(location, from.href) : null;
  if (to !== null && (to.protocol === "https:" || (to.protocol === "http:" && from.protocol === "http:"))) return to;
  throw new AepoError("policy", `${from.host} redirects to ${JSON.stringify(location)}`, {
    expected: `an address by ${from.protocol === "https:" ? "https" : "http or https"}`,
  });
}

/** The Hub gives checksums as `"…"`, a large file's as X-Linked-ETag; a mirror may give something else, which says nothing. */
function etagOf({ headers }: Response): string | null {
  const etag = headers.get("x-linked-etag") ?? headers.get("etag") ?? "";
  return /^(?:W\/)?"?([0-9a-f]{40}|[0-9a-f]{64})"?$/.exec(etag)?.[1] ?? null;
}

function retryAfter({ headers }: Response): number | null {
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null;
}

function causeOf(thrown: unknown): string | null {
  const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : null;
  if (typeof cause !== "object" || cause === null || !("code" in cause)) return null;
  return typeof cause.code === "string" ? cause.code : null;
}

function stallGuard({ stallMs, signal }: HubSession): {
  readonly signal: AbortSignal;
  alive(): void;
  done(): void;
} {
  const controller = new AbortController();
  const give = (): void => controller.abort(new Transient(`no byte for ${stallMs / 1000} s`));
  const interrupt = (): void => controller.abort(signal?.reason);
  signal?.addEventListener("abort", interrupt);
  let timer = setTimeout(give, stallMs);
  return {
    signal: controller.signal,
    alive() {
      clearTimeout(timer);
      timer = setTimeout(give, stallMs);
    },
    done() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", interrupt);
    },
  };
}

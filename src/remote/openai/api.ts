/**
 * A server of OpenAI's API, over a pool of kept-alive connections: as many requests on the wire as the options say, the others wait
 * here. What is worth it is tried again, later and later (network, 408, 425, 429, 5xx); a server that says how long to wait is left
 * alone for so long, by all. Answers are JSON, and nothing else of them is taken on trust here.
 */
import { setTimeout as wait } from "node:timers/promises";
import PQueue from "p-queue";
import { AepoError, messageOf } from "../../std/errors.ts";
import { errorText } from "../client/http/error-text.ts";
import { NetworkFault } from "../client/http/network-fault.ts";
import { retryAfterMs } from "../client/http/retry-after.ts";
import { type HttpAnswer, openTransport, type Transport } from "../client/http/transport.ts";
import { RequestFailure } from "./request-failure.ts";
import { keyVariable } from "./server-key.ts";

export interface ApiOptions {
  /** With or without /v1 at its end. */
  readonly url: string;
  /** Null: none is sent. */
  readonly apiKey: string | null;
  /** Variable that was named for the key, for messages. */
  readonly keyEnv?: string | undefined;
  /** Requests on the wire at a time. */
  readonly concurrency: number;
  readonly timeoutMs: number;
  /** Further tries of a request. */
  readonly retries: number;
  /** Before the second try; doubled with each (default 500). */
  readonly firstRetryMs?: number;
}

export interface ApiCall {
  readonly signal: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
  /** Tries it once only. */
  readonly once?: boolean;
}

const [FIRST_RETRY_MS, LONGEST_RETRY_MS, CONNECT_MS] = [500, 30_000, 15_000];

export function apiRoot(url: string): string {
  const bare = url.replace(/\/+$/, "");
  return /\/v\d+$/.test(bare) ? bare : `${bare}/v1`;
}

export class OpenAiApi {
  /** http://host:port/v1 */
  readonly root: string;
  /** Requests that are open at a time. */
  readonly concurrency: number;
  private readonly options: ApiOptions;
  private readonly transport: Transport;
  private readonly queue: PQueue;
  private calm: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ApiOptions) {
    const { url, apiKey, concurrency } = options;
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
      throw new AepoError("usage", `"${url}" is no address of a server`, {
        expected: "http://host:port or https://host/path",
      });
    }
    this.root = apiRoot(url);
    this.concurrency = concurrency;
    this.options = options;
    this.queue = new PQueue({ concurrency });
    this.transport = openTransport({
      origin: this.root.replace(/\/v\d+$/, ""),
      headers: apiKey === null ? {} : { authorization: `Bearer ${apiKey}` },
      connections: concurrency,
      connectTimeoutMs: CONNECT_MS,
    });
  }

  /** `path` from the server's root: /v1/models. Rejects with RequestFailure, AepoError or the signal's reason. */
  async get(path: string, call: ApiCall): Promise<unknown> {
    return this.asked("GET", path, undefined, call);
  }

  async post(path: string, body: object, call: ApiCall): Promise<unknown> {
    return this.asked("POST", path, JSON.stringify(body), call);
  }

  async close(): Promise<void> {
    clearTimeout(this.calm);
    this.queue.clear();
    await this.transport.close();
  }

  private async asked(method: "GET" | "POST", path: string, body: string | undefined, call: ApiCall): Promise<unknown> {
    return this.queue.add(
      async () => {
        const answer = await this.tried(method, path, body, call);
        return jsonOf(answer);
      },
      { signal: call.signal },
    );
  }

  private async tried(
    method: "GET" | "POST",
    path: string,
    body: string | undefined,
    call: ApiCall,
  ): Promise<HttpAnswer> {
    const { timeoutMs, retries, firstRetryMs = FIRST_RETRY_MS } = this.options;
    const tries = call.once === true ? 0 : retries;
    for (let attempt = 0; ; attempt++) {
      const headers = { accept: "application/json", ...(body === undefined ? {} : JSON_BODY), ...call.headers };
      const request = {
        method,
        path,
        headers,
        timeoutMs,
        signal: call.signal,
        ...(body === undefined ? {} : { body }),
      };
      const found = await this.transport.send(request).catch(faultOf(call.signal));
      if (!(found instanceof NetworkFault) && found.status < 300) return found;
      const last = attempt >= tries || !isWorthIt(found);
      if (last) throw this.failure(found, path);
      const asked = found instanceof NetworkFault ? null : retryAfterMs(found);
      if (asked !== null) this.leaveAlone(asked);
      await wait(asked ?? Math.min(LONGEST_RETRY_MS, firstRetryMs * 2 ** attempt), undefined, {
        signal: call.signal,
      }).catch((thrown: unknown) => {
        call.signal.throwIfAborted();
        throw thrown;
      });
    }
  }

  /** Starts no further request for so long. */
  private leaveAlone(ms: number): void {
    if (ms === 0) return;
    this.queue.pause();
    clearTimeout(this.calm);
    this.calm = setTimeout(() => this.queue.start(), ms);
  }

  private failure(found: HttpAnswer | NetworkFault, path: string): Error {
    if (found instanceof NetworkFault) return new RequestFailure(`no reply: ${found.message}`, null);
    const said = `${found.status} ${errorText(found)}`;
    const { url, keyEnv } = this.options;
    if (found.status === 401) {
      return new AepoError("policy", `${this.root} refused the key: ${said}`, {
        fix: `put the server's key into the environment variable ${keyVariable(url, keyEnv)}, or name another one: --set server.keyEnv=NAME`,
      });
    }
    return new RequestFailure(`${path}: the server answered ${said}`, found.status);
  }
}

const JSON_BODY = { "content-type": "application/json" };

function faultOf(signal: AbortSignal): (thrown: unknown) => NetworkFault {
  return (thrown) => {
    signal.throwIfAborted();
    return thrown instanceof NetworkFault ? thrown : NetworkFault.of(thrown);
  };
}

/** Whether the same request may be answered the next time. */
function isWorthIt(found: HttpAnswer | NetworkFault): boolean {
  if (found instanceof NetworkFault) return !found.permanent;
  return [408, 425, 429].includes(found.status) || found.status >= 500;
}

/** Null for an empty body; a text that is no JSON stays one: some servers answer "Success: …". */
function jsonOf({ body }: HttpAnswer): unknown {
  const text = new TextDecoder().decode(body);
  if (text.trim() === "") return null;
  try {
    return JSON.parse(text) as unknown;
  } catch (thrown) {
    return /^\s*[{[]/.test(text) ? { broken: messageOf(thrown) } : text;
  }
}
